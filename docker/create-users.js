// Gives MongoDB's users the passwords in .env, and makes those that are missing: root, one for the
// DAG and the page with rights on the jobs database only, and one for mongo-express, which may only
// look. Runs when the volume is empty, and at each start after one of the passwords has changed.
const users = [
  { db: "admin", user: process.env.MONGO_INITDB_ROOT_USERNAME, pwd: process.env.MONGO_INITDB_ROOT_PASSWORD, role: "root" },
  { db: "job_tracker", user: "job_tracker", pwd: process.env.MONGO_PASSWORD, role: "readWrite" },
  { db: "job_tracker", user: "mongo_express", pwd: process.env.MONGO_EXPRESS_MONGO_PASSWORD, role: "read" },
];
for (const { db: name, user, pwd, role } of users) {
  const database = db.getSiblingDB(name);
  if (database.getUser(user)) database.changeUserPassword(user, pwd);
  else database.createUser({ user, pwd, roles: [{ role, db: name }] });
}

// Runs at MongoDB's first start, when the volume is empty: one user for the DAG and the page, with
// rights on the jobs database only, and one for mongo-express, which may only look.
const jobs = db.getSiblingDB("job_tracker");
const users = [
  { user: "job_tracker", pwd: process.env.MONGO_PASSWORD, role: "readWrite" },
  { user: "mongo_express", pwd: process.env.MONGO_EXPRESS_MONGO_PASSWORD, role: "read" },
];
for (const { user, pwd, role } of users) {
  jobs.createUser({ user, pwd, roles: [{ role, db: "job_tracker" }] });
}

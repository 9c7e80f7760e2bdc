/** Starting a run of a search's DAG: a form of the parameters that it takes. */
import { send } from "./api.js";
import { button, byId, element, fill, prose } from "./elements.js";

/**
 * Show the form of a DAG, filled with a search's parameters or the usual ones; `begun` is called
 * with the answer once a run was started.
 */
export function showUpdateForm(dagId, schemas, parameters, begun) {
  const form = byId("update-form");
  const fields = parameterFields(schemas, parameters);
  const problem = element("p", { class: "problem", role: "alert", hidden: true });
  const start = element("button", { class: "button primary" }, "Start the update");
  fill(
    form,
    fields.map(({ shown }) => shown),
    element(
      "footer",
      {},
      problem,
      start,
      button("Cancel", () => byId("update-dialog").close()),
    ),
  );
  form.onsubmit = async (event) => {
    event.preventDefault();
    start.disabled = true;
    problem.hidden = true;
    try {
      const path = `update_jobs?${new URLSearchParams({ dag_id: dagId })}`;
      begun(await send("POST", path, valuesOf(fields)));
    } catch (refused) {
      problem.hidden = false;
      fill(problem, prose(refused.message));
    } finally {
      start.disabled = false;
    }
  };
}

/**
 * Make the fields of all parameters, filled with a search's or the usual ones. They take the place
 * of those of another form, because their ids are in the page only once.
 */
export function parameterFields(schemas, parameters) {
  for (const form of document.querySelectorAll("form.parameters")) form.replaceChildren();
  return Object.entries(schemas).map(([name, schema]) =>
    field(name, schema, parameters?.[name] ?? schema.default),
  );
}

/** Return what fields hold, by name. */
export function valuesOf(fields) {
  return Object.fromEntries(fields.map(({ name, value }) => [name, value()]));
}

/** Make a parameter's field after its JSON schema; `value` returns what it holds. */
export function field(name, schema, value) {
  return { name, ...maker(schema)(name, schema, value) };
}

function maker({ type, enum: values, items }) {
  if (values) return choice;
  if (items) return items.enum ? choices : lines;
  return { integer: numberField, boolean: checkbox }[type] ?? textField;
}

function choice(name, schema, value) {
  const options = schema.enum.map((each) =>
    element(
      "option",
      { value: each, selected: each === value },
      schema.values_display?.[each] ?? each,
    ),
  );
  const select = element("select", about(name), options);
  return { shown: labelled(name, schema, select), value: () => select.value };
}

function checkbox(name, schema, value) {
  const box = element("input", { type: "checkbox", checked: value, ...about(name) });
  const label = element("label", {}, box, schema.title ?? name);
  const shown = element("div", {}, element("div", { class: "choices" }, label), hint(name, schema));
  return { shown, value: () => box.checked };
}

/** Make a field for a list of texts, one a line. */
function lines(name, schema, texts) {
  const area = element("textarea", { rows: 3, ...about(name) }, texts.join("\n"));
  const value = () => area.value.split("\n").filter((line) => line.trim());
  return { shown: labelled(name, schema, area), value };
}

function textField(name, schema, value) {
  const pattern = new RegExp(schema.pattern ?? "", "u");
  const input = inputOf(name, {
    value,
    minlength: schema.minLength,
    maxlength: schema.maxLength,
    input: () => input.setCustomValidity(pattern.test(input.value) ? "" : schema.description),
  });
  const shown = labelled(name, schema, input);
  if (schema.examples) shown.append(proposals(input, schema.examples));
  return { shown, value: () => input.value.trim() };
}

/** Return the values that a field proposes; others may be typed. */
function proposals(input, values) {
  const id = `${input.id}-proposals`;
  input.setAttribute("list", id);
  return element(
    "datalist",
    { id },
    values.map((value) => element("option", { value })),
  );
}

function numberField(name, schema, value) {
  const { minimum: min, maximum: max } = schema;
  const input = inputOf(name, { type: "number", value, min, max });
  return { shown: labelled(name, schema, input), value: () => input.valueAsNumber };
}

function inputOf(name, properties) {
  return element("input", { ...about(name), required: true, ...properties });
}

function about(name) {
  return { id: `parameter-${name}`, name, "aria-describedby": `about-${name}` };
}

function choices(name, schema, chosen) {
  const boxes = schema.items.enum.map((code) =>
    element("input", {
      type: "checkbox",
      name,
      value: code,
      checked: chosen.includes(code),
      change: () => check(),
    }),
  );
  const value = () => boxes.filter(({ checked }) => checked).map((box) => box.value);
  const check = () => {
    const enough = value().length >= (schema.minItems ?? 0);
    boxes[0].setCustomValidity(enough ? "" : `Choose at least ${schema.minItems}.`);
  };
  const shown = element(
    "fieldset",
    { "aria-describedby": `about-${name}` },
    element("legend", {}, schema.title ?? name),
    hint(name, schema),
    element(
      "div",
      { class: "choices" },
      boxes.map((box) =>
        element("label", {}, box, schema.values_display?.[box.value] ?? box.value),
      ),
    ),
  );
  return { shown, value };
}

function labelled(name, schema, input) {
  const label = element("label", { for: input.id }, schema.title ?? name);
  return element("div", { class: "field" }, label, input, hint(name, schema));
}

function hint(name, { description = "" }) {
  return element("p", { class: "hint", id: `about-${name}` }, description);
}

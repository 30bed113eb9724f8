// SPDX-License-Identifier: Apache-2.0
// Drives Superset's pages in headless Chromium, as a user would.
//
//   node superset.mjs PLAN.json
//
// PLAN: {"address", "pictures" (a folder, or null), "databases": [{"name", "choice" (what
// the list of databases calls it) and "form" ({field: text}) and "tls", or "uri"; "sql",
// "schema", "table"}], "charts": [{"database", "schema", "name", "time", "by"; "sql" or
// "table"}],
// "upload": {"database", "schema", "table", "csv"}, "export": {"database", "sql"},
// "stop": {"database", "sql"}}. Prints a line of JSON for each step; the exit status is 1
// when one failed.
import { createRequire } from "node:module";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

const require = createRequire(path.join(process.env.OF_TEST_NODE_MODULES, "x.js"));
const { chromium } = require("playwright-core");
const plan = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
const home = fs.mkdtempSync(path.join(os.tmpdir(), "chromium-"));
const context = await chromium.launchPersistentContext(home, {
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  headless: true,
  viewport: { width: 1200, height: 800 },
  args: [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--no-proxy-server",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
  ],
});
const page = context.pages()[0] || (await context.newPage());
page.setDefaultTimeout(120000); // of a machine that has other things to do, too

const say = (step, more = {}) => console.log(JSON.stringify({ step, ...more }));

async function picture(name) {
  if (plan.pictures) {
    await page.waitForTimeout(700); // fades and sliding panels
    await page.screenshot({ path: path.join(plan.pictures, `superset-${name}.png`) });
  }
}

// A call of the page's own, with its session.
const call = (method, where, body) =>
  page.evaluate(
    async ([method, where, body]) => {
      const csrf = (await (await fetch("/api/v1/security/csrf_token/")).json()).result;
      const answer = await fetch(where, {
        method,
        headers: { "Content-Type": "application/json", "X-CSRFToken": csrf },
        body: body ? JSON.stringify(body) : undefined,
      });
      return { status: answer.status, json: await answer.json().catch(() => null) };
    },
    [method, where, body],
  );

async function logIn() {
  await page.goto(`${plan.address}/login/`);
  await page.fill("input[name=username], #username", "admin");
  await page.fill("input[name=password], #password", "admin");
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => !url.pathname.startsWith("/login"));
  say("logged in");
}

async function openModal() {
  await page.goto(`${plan.address}/databaseview/list/`);
  await page.locator("button:has-text('Database')").last().click();
  await page.locator(".ant-modal").waitFor();
}

async function choose(name) {
  const select = page.locator(".available-select, .ant-modal .ant-select").first();
  await select.click();
  await page.keyboard.type(name);
  await page.locator(`.ant-select-item-option :text-is("${name}")`).first().click();
}

async function addByForm(database) {
  await openModal();
  if (database.first) await picture("add-database");
  await choose(database.choice);
  await page.locator("input[name=host]").waitFor();
  await fillForm(database);
  if (database.tls) await page.locator("[name=encryption], .ant-switch").first().click();
  await picture(`${database.file}-form`);
  await connect(database);
}

// What stands in a field can be lost when the answer about another one comes.
async function fillForm(database) {
  const texts = { ...database.form, database_name: database.name };
  for (const [field, text] of Object.entries(texts)) {
    const input = page.locator(`.ant-modal input[name=${field}]`);
    if ((await input.inputValue()) === text) continue;
    await input.fill(text);
    await page.keyboard.press("Tab");
  }
}

async function addByUri(database) {
  await openModal();
  await choose("Other");
  await page.fill(".ant-modal input[name=database_name]", database.name);
  await page.fill(".ant-modal input[name=sqlalchemy_uri]", database.uri);
  const tested = page.waitForResponse((r) => r.url().includes("/test_connection/"));
  await page.locator("button:has-text('Test connection')").click();
  const status = (await tested).status();
  say("tested connection", { database: database.name, status });
  if (status !== 200) throw new Error(`test connection: ${status}`);
  await picture(`${database.file}-other`);
  await connect(database);
}

// A click while the form is validated is lost, so it is made again until something is
// sent; then the answer takes as long as it takes. Answers about the fields may overtake
// each other, and the button stays disabled: then the form is looked through once more.
async function connect(database) {
  const adds = (request) =>
    request.url().endsWith("/api/v1/database/") && request.method() === "POST";
  let sent = null;
  const listen = (request) => {
    if (adds(request)) sent = request;
  };
  page.on("request", listen);
  const button = page.locator(".ant-modal button:has-text('Connect')").last();
  const field = page.locator("input[name=host], input[name=sqlalchemy_uri]").first();
  await page.keyboard.press("Tab");
  for (let round = 0; round < 40 && !sent; round += 1) {
    const clicked = await button.click({ timeout: 3000 }).then(() => true, () => false);
    for (let wait = 0; clicked && wait < 20 && !sent; wait += 1) {
      await page.waitForTimeout(100);
    }
    if (!clicked && !sent) {
      if (database.form) await fillForm(database);
      await field.focus();
      await page.keyboard.press("Tab");
    }
  }
  page.off("request", listen);
  if (!sent) throw new Error("connect: nothing was sent");
  const answer = await sent.response();
  if (answer.status() !== 201) throw new Error(`connect: ${await answer.text()}`);
  database.id = (await answer.json()).id;
  say("connected", { database: database.name, id: database.id });
}

async function openLab(database, sql) {
  const query = new URLSearchParams({ dbid: database.id, sql, name: "A query" });
  if (database.schema) query.set("schema", database.schema);
  await page.goto(`${plan.address}/sqllab/?${query}`);
  await page.locator(".ace_editor").first().waitFor();
}

async function run(database, sql) {
  await openLab(database, sql);
  const executed = page.waitForResponse((r) => r.url().includes("/sqllab/execute/"));
  await page.locator("button:has-text('Run')").first().click();
  return executed;
}

async function useLab(database) {
  const answer = await run(database, database.sql);
  const body = await answer.json();
  if (answer.status() !== 200) throw new Error(JSON.stringify(body));
  say("ran", {
    database: database.name,
    executed: body.query.executedSql,
    rows: body.data.length,
  });
  await page.locator("[role=grid], .ant-table, .virtual-table").first().waitFor();
  if (!database.table) return;
  await showTable(database);
  await page.waitForTimeout(1500); // the columns unfold
  await picture(`${database.file}-sqllab`);
}

// The columns of a table, in the left pane.
async function showTable(database) {
  const about = page
    .waitForResponse((r) => r.url().includes("/table_metadata/"))
    .catch((error) => ({ status: () => String(error) }));
  for (const name of [database.schema, database.table]) {
    const item = page.locator(`[role=treeitem] >> text="${name}"`).first();
    await item.waitFor();
    await item.click();
  }
  say("columns", { database: database.name, status: (await about).status() });
}

// A dataset of a table, by the page for it.
async function makeDataset(chart) {
  await page.goto(`${plan.address}/dataset/add/`);
  const wanted = [["database", chart.database], ["schema", chart.schema], ["table", chart.table]];
  for (const [what, text] of wanted) {
    await pick(`[aria-label^="Select ${what}"]`, text);
  }
  const made = page.waitForResponse(
    (r) => r.url().endsWith("/api/v1/dataset/") && r.request().method() === "POST",
  );
  await page.locator("button:has-text('Create and explore dataset')").click();
  const answer = await made;
  if (answer.status() !== 201) throw new Error(`dataset: ${await answer.text()}`);
  say("dataset", { table: chart.table });
  return (await answer.json()).id;
}

// A dataset of a query's text.
async function makeVirtualDataset(chart) {
  const database = plan.databases.find((each) => each.name === chart.database);
  const made = await call("POST", "/api/v1/dataset/", {
    database: database.id,
    schema: chart.schema,
    table_name: chart.name,
    sql: chart.sql,
  });
  if (made.status !== 201) throw new Error(`dataset: ${JSON.stringify(made)}`);
  return made.json.id;
}

async function makeChart(chart) {
  const dataset = await (chart.table ? makeDataset(chart) : makeVirtualDataset(chart));
  const form = {
    datasource: `${dataset}__table`,
    viz_type: "echarts_timeseries_line",
    x_axis: chart.time,
    time_grain_sqla: chart.grain || "P1D",
    metrics: [{ expressionType: "SQL", sqlExpression: chart.metric, label: "total" }],
    groupby: chart.by ? [chart.by] : [],
    row_limit: 10000,
    time_range: "No filter",
  };
  const data = page.waitForResponse((r) => r.url().includes("/api/v1/chart/data"));
  const saved = await call("POST", "/api/v1/chart/", {
    slice_name: chart.name,
    viz_type: form.viz_type,
    datasource_id: dataset,
    datasource_type: "table",
    params: JSON.stringify(form),
  });
  if (saved.status !== 201) throw new Error(`chart: ${JSON.stringify(saved)}`);
  await page.goto(`${plan.address}/explore/?slice_id=${saved.json.id}`);
  const answer = await data;
  const body = await answer.json();
  if (answer.status() !== 200) throw new Error(JSON.stringify(body));
  await page.locator("canvas").first().waitFor();
  await page.waitForTimeout(2500); // the lines are drawn in an animation
  const { rowcount: rows, colnames: columns, query } = body.result[0];
  say("chart", { name: chart.name, rows, columns, query });
  await picture(`${chart.file}-chart`);
}

// One of a list that opens where a field is clicked; lists that were open before stay,
// hidden.
async function pick(field, text) {
  await page.locator(field).first().click();
  await page.keyboard.type(text);
  const open = ".ant-select-dropdown:not(.ant-select-dropdown-hidden)";
  await page.locator(`${open} .ant-select-item-option:has-text("${text}")`).first().click();
}

async function uploadFile(upload) {
  const database = plan.databases.find((each) => each.name === upload.database);
  const allowed = await call("PUT", `/api/v1/database/${database.id}`, {
    allow_file_upload: true,
  });
  if (allowed.status !== 200) throw new Error(`allow: ${JSON.stringify(allowed)}`);
  await page.goto(`${plan.address}/databaseview/list/`);
  const menu = page.locator("text=Upload file to database").first();
  await menu.waitFor();
  await page.waitForLoadState("networkidle"); // before, it is made anew
  await menu.click();
  await page.locator(".ant-menu-submenu-popup >> text=Upload CSV").first().click();
  await page.locator(".ant-modal").waitFor();
  await page.setInputFiles(".ant-modal input[type=file]", {
    name: "data.csv",
    mimeType: "text/csv",
    buffer: Buffer.from(upload.csv),
  });
  for (const [what, text] of [["database", upload.database], ["schema", upload.schema]]) {
    await pick(`.ant-modal [aria-label="Select a ${what}"]`, text);
  }
  await page.fill(".ant-modal input[name=table_name]", upload.table);
  await picture("upload");
  const uploaded = page.waitForResponse((r) => r.url().endsWith("/upload/"));
  await page.locator(".ant-modal-footer button:has-text('Upload')").last().click();
  const answer = await uploaded;
  say("uploaded", { status: answer.status(), text: await answer.text() });
}

// What SQL Lab's button for it gives.
async function exportRows(wanted) {
  const database = plan.databases.find((each) => each.name === wanted.database);
  const answer = await run(database, wanted.sql);
  if (answer.status() !== 200) throw new Error(await answer.text());
  const download = page.waitForEvent("download");
  await page.locator("[data-test=export-csv-button]").first().click();
  say("exported", { csv: fs.readFileSync(await (await download).path(), "utf8") });
}

async function stopQuery(stop) {
  const database = plan.databases.find((each) => each.name === stop.database);
  await openLab(database, stop.sql);
  await page.locator("button:has-text('Run')").first().click();
  const button = page.locator("button:has-text('Stop')").first();
  await button.waitFor();
  await page.waitForTimeout(2000);
  await picture("running");
  const stopped = page.waitForResponse((r) => r.url().includes("/query/stop"));
  await button.click();
  say("stop", { status: (await stopped).status() });
  await page.locator("text=/Query was stopped|stopped/i").first().waitFor();
  await picture("stopped");
  say("stopped");
}

let status = 0;
try {
  await logIn();
  for (const database of plan.databases) {
    await (database.form ? addByForm(database) : addByUri(database));
    await useLab(database);
  }
  for (const chart of plan.charts || []) await makeChart(chart);
  if (plan.upload) await uploadFile(plan.upload);
  if (plan.export) await exportRows(plan.export);
  if (plan.stop) await stopQuery(plan.stop);
} catch (error) {
  say("failed", { error: String(error.stack || error).slice(0, 3000) });
  if (plan.failure) await page.screenshot({ path: plan.failure }).catch(() => {});
  status = 1;
}
await context.close();
fs.rmSync(home, { recursive: true, force: true });
process.exit(status);

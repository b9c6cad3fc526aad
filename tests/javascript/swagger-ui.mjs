// What somebody who reads the documentation does: signs in, tries an operation out, opens others.
// Run by tests/api/test_documentation.py; tells it as JSON what the page showed and asked for.
import { chromium } from "playwright-core";

const { CHROMIUM, DOCS_URL, DOCS_TOKEN, DOCS_OPERATION } = process.env;
const browser = await chromium.launch({
  executablePath: CHROMIUM,
  chromiumSandbox: process.getuid() !== 0, // what root runs cannot be sandboxed
  args: ["--disable-gpu", "--disable-dev-shm-usage"],
});
const page = await browser.newPage();
page.setDefaultTimeout(20_000);
const complaints = [];
const addresses = [];
page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
page.on("pageerror", (error) => complaints.push(String(error)));
page.on("request", (request) => addresses.push(request.url()));

try {
  await page.goto(DOCS_URL);
  const operation = page.locator(`[id$="-${DOCS_OPERATION}"]`);
  await operation.waitFor();

  await page.locator(".auth-wrapper .btn.authorize").click();
  const dialog = page.locator(".dialog-ux");
  await dialog.getByRole("textbox").fill(DOCS_TOKEN);
  await dialog.locator("button.authorize").click();
  await dialog.getByText("Authorized", { exact: true }).waitFor();
  await dialog.getByText("Close").click();

  await operation.locator(".opblock-summary-control").click();
  await operation.getByText("Try it out").click();
  await operation.getByText("Execute").click();
  const live = operation.locator(".live-responses-table tbody");
  const status = await live.locator(".response-col_status").innerText();
  const body = await live.locator("code").innerText();

  const operations = await page.locator(".opblock").evaluateAll((all) => all.map(({ id }) => id));
  const unopened = page.locator(".opblock-tag-section:not(:has(.is-open)) .opblock");
  const unrendered = page.locator(".opblock.is-open:not(:has(.responses-wrapper))");
  while (await unopened.count()) {
    await unopened.first().locator(".opblock-summary-control").click();
    await unrendered.waitFor({ state: "detached" });
  }
  complaints.push(...(await page.locator(".errors-wrapper").allInnerTexts()));
  console.log(JSON.stringify({ operations, status, body, complaints, addresses }));
} catch (error) {
  console.error(error, { complaints, addresses });
  process.exitCode = 1;
} finally {
  await browser.close();
}

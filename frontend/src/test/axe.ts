import axe from "axe-core";

/** Return what axe finds wrong with an element, one line each; colours need a real browser. */
export async function violations(element: Element = document.body): Promise<string[]> {
  const found = await axe.run(element, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    rules: { "color-contrast": { enabled: false }, region: { enabled: false } },
  });
  return found.violations.map(
    (one) => `${one.id}: ${one.help} (${one.nodes.map((node) => node.html).join(" | ")})`,
  );
}

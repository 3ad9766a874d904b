const LONGEST = 60_000; // ms after which a frame is taken away though nobody said that it was printed

const STYLE = `
  @page { margin: 12mm }
  body { margin: 0; font: 11pt system-ui, sans-serif }
  img { display: block; max-width: 100%; max-height: 100vh; margin: auto }
  img[data-lying] { max-width: 100vh; max-height: 100vw }
  pre { white-space: pre-wrap; overflow-wrap: anywhere }
  table { border-collapse: collapse } th, td { border: 1px solid #999; padding: 2px 6px; text-align: start }
`;

/** Print one picture, turned as it is looked at, and nothing else of the page. */
export async function printPicture(url: string, turns: number): Promise<void> {
  const { page, print, remove } = frame();
  const image = document.createElement("img");
  image.style.transform = `rotate(${turns * 90}deg)`;
  if (turns % 2 === 1) image.dataset.lying = "";
  image.src = url;
  try {
    await image.decode();
  } catch (error) {
    remove();
    throw error;
  }
  page.body.append(image);
  print();
}

/** Print a part of the page, such as the lines of a text. */
export function printPart(part: Element): void {
  const { page, print } = frame();
  page.body.append(page.importNode(part, true));
  print();
}

/** A page of its own that is not seen, so that the app's pages need no rules for printing. */
function frame() {
  const element = document.createElement("iframe");
  element.style.cssText = "position:fixed;width:0;height:0;border:0;opacity:0";
  element.tabIndex = -1;
  element.setAttribute("aria-hidden", "true");
  document.body.append(element);
  const remove = () => element.remove();
  const page = element.contentDocument;
  const view = element.contentWindow;
  if (!page || !view) {
    remove();
    throw new Error("The browser gives no page to print from.");
  }
  const style = page.createElement("style");
  style.textContent = STYLE;
  page.head.append(style);
  const print = () => {
    view.addEventListener("afterprint", remove, { once: true });
    window.setTimeout(remove, LONGEST);
    view.print();
  };
  return { page, print, remove };
}

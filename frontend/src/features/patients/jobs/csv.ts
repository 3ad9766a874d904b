/** Write rows as CSV that every spreadsheet reads, and in which none is run as a formula. */
export function csvOf(rows: string[][]): string {
  const lines = rows.map((cells) => cells.map(cellOf).join(","));
  return `\uFEFF${lines.join("\r\n")}\r\n`; // the mark tells Excel that it is UTF-8
}

function cellOf(text: string): string {
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

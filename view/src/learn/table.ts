// A table of the reader's own, read in the page: pasted, or from a file of their machine. Nothing leaves it.

import type { DataSet, MeanAndSd } from "./payload";

const [MOST_ROWS, MOST_INPUTS, MOST_CLASSES] = [500, 64, 12];
/** A target of numbers with at most so many different values is taken for classes. */
const FEW_VALUES = 6;
/** A quarter of at least so many rows is held out. */
const ENOUGH = 32;
const MISSING = /^(|na|nan|null|none|\?|-)$/i;

export interface Cells {
  names: string[];
  rows: string[][];
}

/** The cells of a text: commas, semicolons or tabs between them, the first line names the columns. */
export function cellsOf(text: string): Cells {
  const lines = text.replace(/^\ufeff/, "").split(/\r?\n/);
  const first = lines.find((line) => line.trim()) ?? "";
  const separator = ["\t", ";", ","].reduce((best, one) => (first.split(one).length > first.split(best).length ? one : best), "\t");
  const rows = parsed(text.replace(/^\ufeff/, ""), separator).filter((row) => row.some((cell) => cell.trim()));
  if (rows.length < 3) throw new Error("A table needs a line of names and at least two rows.");
  const [head, ...body] = rows as [string[], ...string[][]];
  if (head.length < 2) throw new Error("A table needs two columns at least, with commas, semicolons or tabs between the cells.");
  const wrong = body.findIndex((row) => row.length !== head.length);
  if (wrong >= 0) throw new Error(`Row ${wrong + 1} has ${body[wrong]!.length} cells, the line of names has ${head.length}.`);
  const isHeader = head.some((cell) => numberOf(cell) === undefined && !MISSING.test(cell.trim()));
  return {
    names: isHeader ? head.map((cell, at) => cell.trim() || `column ${at + 1}`) : head.map((_, at) => `column ${at + 1}`),
    rows: isHeader ? body : rows,
  };
}

function parsed(text: string, separator: string): string[][] {
  const rows: string[][] = [[]];
  let [cell, quoted] = ["", false];
  for (let at = 0; at < text.length; at++) {
    const letter = text[at]!;
    if (quoted) {
      if (letter !== '"') cell += letter;
      else if (text[at + 1] === '"') cell += text[++at];
      else quoted = false;
    } else if (letter === '"' && !cell) quoted = true;
    else if (letter === separator || letter === "\n") {
      rows[rows.length - 1]!.push(cell.replace(/\r$/, ""));
      cell = "";
      if (letter === "\n") rows.push([]);
    } else cell += letter;
  }
  if (quoted) throw new Error("A quotation mark is never closed.");
  rows[rows.length - 1]!.push(cell.replace(/\r$/, ""));
  return rows;
}

const numberOf = (cell: string) => {
  const plain = cell.trim().replace(/^(-?\d*),(\d+)$/, "$1.$2");
  return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(plain) ? Number(plain) : undefined;
};

/** A table as a data set: columns of numbers standardised, the target one of its columns. */
export function dataSetOf({ names, rows }: Cells, target: number, name: string): DataSet {
  const complete = rows.filter((row) => !MISSING.test(row[target]!.trim()));
  const chosen = complete.slice(0, MOST_ROWS);
  const notes: string[] = [`${chosen.length}${chosen.length < rows.length ? ` of ${rows.length}` : ""} rows.`];
  const columns = names.flatMap((column, at) => {
    if (at === target) return [];
    const numbers = chosen.map((row) => numberOf(row[at]!));
    if (numbers.some((value) => value === undefined)) return [];
    const scaled = standardised(numbers as number[]);
    return scaled ? [{ column, ...scaled }] : [];
  });
  const left = names.filter((column, at) => at !== target && !columns.some((one) => one.column === column));
  if (left.length) notes.push(`Left out, as they hold words, gaps or one value only: ${left.slice(0, 6).join(", ")}${left.length > 6 ? ", …" : ""}.`);
  if (!columns.length) throw new Error("No column but the target holds numbers throughout.");
  if (columns.length > MOST_INPUTS) throw new Error(`The page takes at most ${MOST_INPUTS} columns of numbers, the table has ${columns.length}.`);
  const cells = chosen.map((row) => row[target]!.trim());
  const numbers = cells.map(numberOf);
  const values = [...new Set(cells)].sort();
  const isClass = numbers.some((value) => value === undefined) || values.length <= FEW_VALUES;
  if (isClass && (values.length < 2 || values.length > MOST_CLASSES)) {
    throw new Error(`${names[target]} has ${values.length} different values: the page takes 2 to ${MOST_CLASSES} classes, or numbers.`);
  }
  const aim = isClass ? null : standardised(numbers as number[]);
  if (!isClass && !aim) throw new Error(`${names[target]} has one value only.`);
  notes.push(`Columns${isClass ? "" : " and target"} standardised.`);
  return {
    name, about: notes.join(" "), kind: isClass ? "classes" : "numbers",
    scaled: { inputs: columns.map(({ scale }) => scale), ...(aim ? { outputs: [aim.scale] } : {}) },
    inputs: columns.map(({ column }) => column), outputs: isClass ? values : [names[target]!],
    held: chosen.length >= ENOUGH ? Math.floor(chosen.length / 4) : 0, image: null, noise: null, level: 0,
    x: chosen.map((_, row) => columns.map(({ scaled }) => scaled[row]!)),
    t: chosen.map((_, row) => (isClass ? values.map((value) => (value === cells[row] ? 1 : 0)) : [aim!.scaled[row]!])),
    task: { hidden: [6], activation: "Tanh", loss: isClass ? "CrossEntropy" : "SquaredError", optimizer: "SGD", rate: 0.1 },
  };
}

/** Numbers with mean 0 and standard deviation 1; null where they are all equal. */
function standardised(values: number[]): { scaled: number[]; scale: MeanAndSd } | null {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  return spread > 0 && Number.isFinite(spread) ? { scaled: values.map((value) => (value - mean) / spread), scale: { mean, sd: spread } } : null;
}

/** The rows in an order that hides how they were sorted: those held out are taken from everywhere. */
export function mixed(cells: Cells): Cells {
  const rows = [...cells.rows];
  let state = 1;
  for (let at = rows.length - 1; at > 0; at--) {
    state = (state * 48271) % 2147483647;
    const other = state % (at + 1);
    [rows[at], rows[other]] = [rows[other]!, rows[at]!];
  }
  return { ...cells, rows };
}

// What every client sends, and what it must get.
import { isDeepStrictEqual } from "node:util";

export const base = process.argv[2] ?? "";

export const order = {
  id: 7,
  kind: "gift" as const,
  count: 3,
  price: 2.5,
  due: "2026-01-02T03:04:05Z",
  tags: ["red", "blue"],
  lines: [{ sku: "a", n: 1 }, { sku: "b & c", n: 2 }],
  address: { street: "Main Street", zip: "12345" },
};

// The order as a query has it: of a list of objects each is JSON.
export const asked = { ...order, id: undefined, lines: order.lines.map((line) => JSON.stringify(line)) };

export const receipt = { id: 7, total: 7.5, kind: "gift", due: order.due, tags: order.tags, lines: order.lines, to: order.address };

export const kinds = {
  id: "00112233-4455-6677-8899-aabbccddeeff",
  small: -5,
  whole: 7,
  count: 9,
  exact: "9007199254740993",
  ratio: 0.5,
  price: 12.25,
  number: 1.5,
  big: 123,
  yes: true,
  text: "Jörg & Söhne",
  color: "red" as const,
  level: "high" as const,
  amount: "12.50",
  when: "2026-01-02T03:04:05Z",
  wait: 90_000_000_000,
  address: "10.0.0.1",
  data: "aGk=",
  raw: { a: [1] },
  any: [1, "x"],
  words: ["a", "b c"],
  numbers: [1, 2],
  times: ["2026-01-02T03:04:05Z"],
  grid: [[1], [2, 3]],
  pair: [1, 2],
  labels: { a: "b" },
  byNumber: { "5": 6 },
  lines: [{ sku: "a", n: 1 }],
  main: { sku: "m", n: 2 },
  other: { sku: "o", n: 3 },
  nested: { deep: { er: "x" } },
  inside: "y",
};

export const cover = new File(["12345"], "cover.png", { type: "image/png" });
export const others = [new File(["123"], "a.png"), new File(["12"], "b.png")];

// same fails unless both are deeply equal.
export function same(what: string, got: unknown, want: unknown): void {
  if (!isDeepStrictEqual(got, want)) {
    throw new Error(`${what}: got ${JSON.stringify(got)}, want ${JSON.stringify(want)}`);
  }
}

// within is same for the members of want.
export function within(what: string, got: unknown, want: object): void {
  for (const [name, value] of Object.entries(want)) {
    same(`${what}: ${name}`, (got as Record<string, unknown> | undefined)?.[name], value);
  }
}

// refused holds an error to the status and what begins its message.
export function refused(what: string, status: number | undefined, body: unknown, want: number, message: string): void {
  same(`${what}: the status`, status, want);
  const error = String((body as { error?: unknown } | undefined)?.error);
  if (!error.startsWith(message)) {
    throw new Error(`${what}: the error is ${error}, want ${message}`);
  }
}

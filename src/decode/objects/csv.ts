/**
 * An object table as CSV (RFC 4180): a header, a line an object, `CRLF` at the end of each; nothing between commas where a
 * value is missing.
 *
 * @module
 */
import { type ObjectTable, objectRow } from "./object-table.ts";
import type { Spool } from "./spool.ts";
import { type CellValue, TABLE_COLUMNS } from "./table-columns.ts";

/** Objects that are turned into text at a time. */
const PIECE = 1 << 14;

/** Writes the table, a few thousand lines in memory at a time. @throws VOLUME */
export async function writeCsv(table: ObjectTable, spool: Spool): Promise<void> {
	spool.add(encoded([TABLE_COLUMNS.map(({ name }) => name).join(",")]));
	for (let from = 0; from < table.count; from += PIECE) {
		const lines: string[] = [];
		for (let i = from; i < Math.min(from + PIECE, table.count); i++) {
			const row = objectRow(table, i);
			lines.push(TABLE_COLUMNS.map(({ value }) => cellText(value(row))).join(","));
		}
		spool.add(encoded(lines));
		await spool.flush();
	}
}

/** The shortest text that reads back as the same number; no value needs quotes. */
function cellText(value: CellValue): string {
	return value === null ? "" : String(value);
}

function encoded(lines: readonly string[]): Uint8Array {
	return Buffer.from(lines.map((line) => `${line}\r\n`).join(""), "utf8");
}

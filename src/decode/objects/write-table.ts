/**
 * An object table as a file; its ending tells the format.
 *
 * @module
 */
import { extname } from "node:path";
import { NnvolError } from "../../core/errors.ts";
import { writeCsv } from "./csv.ts";
import type { ObjectTable } from "./object-table.ts";
import { writeParquet } from "./parquet.ts";
import { spooled } from "./spool.ts";

/** What a table is written as. */
export type TableFormat = "csv" | "parquet";

/** The format that the ending of `path` tells. @throws CONFIG */
export function tableFormatOf(path: string): TableFormat {
	const ending = extname(path).toLowerCase();
	if (ending === ".csv") return "csv";
	if (ending === ".parquet") return "parquet";
	throw new NnvolError("CONFIG", `${path}: its ending tells no format of tables; expected .csv or .parquet`, {
		fields: { path },
	});
}

/** Writes `table` to `path`, replacing what is there; nothing is left behind where it fails. @throws CONFIG, VOLUME */
export async function writeObjectTable(path: string, table: ObjectTable): Promise<void> {
	const write = tableFormatOf(path) === "csv" ? writeCsv : writeParquet;
	await spooled(path, (spool) => write(table, spool));
}

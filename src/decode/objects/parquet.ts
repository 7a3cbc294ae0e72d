/**
 * An object table as Parquet, in row groups: as many rows as are in memory as plain values at a time.
 *
 * Voxel size, unit and shape of the volume are in the file's key-value metadata (`nnvol.spacing`, ...), as JSON. The one
 * file that imports `hyparquet-writer`, when a table is written.
 *
 * @module
 */
import type { ObjectTable } from "./object-table.ts";
import { objectRow } from "./object-table.ts";
import type { Spool } from "./spool.ts";
import { type CellValue, type ColumnKind, TABLE_COLUMNS } from "./table-columns.ts";

/** Rows of a group. */
const GROUP = 1 << 16;

/** How kinds are named in a schema. */
const TYPES = {
	uint64: { type: "INT64", converted_type: "UINT_64" },
	int64: { type: "INT64" },
	int32: { type: "INT32" },
	double: { type: "DOUBLE" },
	boolean: { type: "BOOLEAN" },
} as const satisfies Record<ColumnKind, { readonly type: string; readonly converted_type?: string }>;

/** Writes the table. @throws VOLUME */
export async function writeParquet(table: ObjectTable, spool: Spool, rowsAtOnce = GROUP): Promise<void> {
	const { ByteWriter, ParquetWriter } = await import("hyparquet-writer");
	const buffer = new ByteWriter();
	const drain = async () => {
		spool.add(buffer.getBytes().slice());
		buffer.index = 0;
		await spool.flush();
	};
	const writer = new ParquetWriter({
		writer: buffer,
		createdBy: "nnvol",
		kvMetadata: metadataOf(table),
		schema: [
			{ name: "objects", num_children: TABLE_COLUMNS.length },
			...TABLE_COLUMNS.map(({ name, kind, nullable }) => ({
				name,
				...TYPES[kind],
				repetition_type: nullable ? ("OPTIONAL" as const) : ("REQUIRED" as const),
			})),
		],
	});
	for (let from = 0; from < table.count; from += rowsAtOnce) {
		await writer.write({ columnData: groupOf(table, from, rowsAtOnce), rowGroupSize: rowsAtOnce });
		await drain();
	}
	await writer.finish();
	await drain();
}

/** Columns of the rows from `from` on. */
function groupOf(table: ObjectTable, from: number, count: number): { name: string; data: CellValue[] }[] {
	const columns = TABLE_COLUMNS.map(({ name }) => ({ name, data: [] as CellValue[] }));
	for (let i = from; i < Math.min(from + count, table.count); i++) {
		const row = objectRow(table, i);
		for (const [c, { value }] of TABLE_COLUMNS.entries()) columns[c]?.data.push(value(row));
	}
	return columns;
}

function metadataOf({ spacing, unit, shape }: ObjectTable): { key: string; value: string }[] {
	return [
		{ key: "nnvol.spacing_zyx", value: JSON.stringify(spacing) },
		{ key: "nnvol.shape_zyx", value: JSON.stringify(shape) },
		...(unit === undefined ? [] : [{ key: "nnvol.unit", value: JSON.stringify(unit) }]),
	];
}

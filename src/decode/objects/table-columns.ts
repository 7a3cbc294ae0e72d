/**
 * The columns of an object table as files have them: their names, in order, and their values.
 *
 * @module
 */
import type { ObjectRow } from "./object-table.ts";

/** What a column holds; `null` where it was not measured, in the columns that say so. */
export type ColumnKind = "uint64" | "int64" | "int32" | "double" | "boolean";

/** A value as files have it. */
export type CellValue = bigint | number | boolean | null;

/** One column of a table file. */
export type TableColumn = {
	readonly name: string;
	readonly kind: ColumnKind;
	/** True where a value may be missing. */
	readonly nullable: boolean;
	value(row: ObjectRow): CellValue;
};

/** All columns of every table, whatever was measured. */
export const TABLE_COLUMNS: readonly TableColumn[] = [
	column("id", "uint64", (row) => row.id),
	optional("class", "int32", (row) => row.class),
	column("voxels", "int64", (row) => BigInt(row.voxels)),
	column("volume", "double", (row) => row.volume),
	...perAxis("start", "int32", (row, axis) => row.box.start[axis] ?? 0),
	...perAxis("stop", "int32", (row, axis) => row.box.stop[axis] ?? 0),
	...perAxis("centroid", "double", (row, axis) => row.centroid[axis] ?? 0),
	...perAxis("centroid_physical", "double", (row, axis) => row.centroidPhysical[axis] ?? 0),
	optional("mean_probability", "double", (row) => row.meanProbability),
	optional("surface_area", "double", (row) => row.surfaceArea),
	column("touches_border", "boolean", (row) => row.touchesBorder),
];

function column(name: string, kind: ColumnKind, value: TableColumn["value"]): TableColumn {
	return { name, kind, nullable: false, value };
}

function optional(name: string, kind: ColumnKind, value: TableColumn["value"]): TableColumn {
	return { name, kind, nullable: true, value };
}

function perAxis(name: string, kind: ColumnKind, value: (row: ObjectRow, axis: number) => number): TableColumn[] {
	return ["z", "y", "x"].map((letter, axis) => column(`${name}_${letter}`, kind, (row) => value(row, axis)));
}

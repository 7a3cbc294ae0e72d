/**
 * Options of `nnvol objects` as text, to what is measured and written.
 *
 * @module
 */
import { NnvolError } from "../core/errors.ts";
import { asZyx, type Zyx } from "../core/shape.ts";
import type { MeshRefinement } from "../decode/objects/gathered-mesh.ts";
import { MESH_FORMATS, type MeshFormat } from "../decode/objects/mesh-file.ts";
import { tableFormatOf } from "../decode/objects/write-table.ts";

/** More rounds of smoothing leave nothing of an object. */
const MOST_ROUNDS = 1000;

/** Options of `objects`, as the parser gives them. */
export type ObjectsFlags = {
	readonly table?: string;
	readonly mesh?: string;
	readonly meshFormat: string;
	readonly simplify?: string;
	readonly maxError?: string;
	readonly smooth?: string;
	readonly out?: string;
	readonly inputDataset?: string;
	readonly probabilities?: string;
	readonly channel?: string;
	readonly classes?: string;
	readonly spacing?: string;
	readonly overwrite?: boolean;
	readonly memory: string;
	readonly json?: boolean;
	readonly quiet?: boolean;
};

/** Which objects become meshes, and as what. */
export type MeshWish = {
	readonly ids: readonly bigint[] | "all";
	readonly format: MeshFormat;
	/** `maxError` in the unit of the voxel size. */
	readonly refine: MeshRefinement;
};

/** What is written, checked before anything is read. */
export type ObjectsWish = {
	readonly table?: string;
	readonly mesh?: MeshWish;
	readonly spacing?: Zyx;
	readonly channel?: number;
};

/** @throws CONFIG */
export function objectsWish(flags: ObjectsFlags): ObjectsWish {
	const { table, mesh, spacing, channel, out } = flags;
	if (table === undefined && mesh === undefined) {
		throw new NnvolError("CONFIG", "nothing to write: give --table OUT.csv or OUT.parquet, or --mesh ID,ID or all");
	}
	if (mesh === undefined && out !== undefined) {
		throw new NnvolError("CONFIG", `--out ${out}: is the folder of meshes; say which with --mesh ID,ID or all`);
	}
	const refining = (["simplify", "maxError", "smooth"] as const).find((name) => flags[name] !== undefined);
	if (mesh === undefined && refining !== undefined) {
		const option = refining === "maxError" ? "--max-error" : `--${refining}`;
		throw new NnvolError("CONFIG", `${option} ${flags[refining]}: is for meshes; say which with --mesh ID,ID or all`);
	}
	if (table !== undefined) tableFormatOf(table);
	return {
		...(table === undefined ? {} : { table }),
		...(mesh === undefined ? {} : { mesh: meshWish(mesh, flags) }),
		...(spacing === undefined ? {} : { spacing: parseSpacing(spacing) }),
		...(channel === undefined ? {} : { channel: parseChannel(channel) }),
	};
}

function meshWish(mesh: string, flags: ObjectsFlags): MeshWish {
	const { simplify, maxError, smooth } = flags;
	return {
		ids: parseIds(mesh),
		format: parseFormat(flags.meshFormat),
		refine: {
			...(simplify === undefined ? {} : { fraction: parseFraction(simplify) }),
			...(maxError === undefined ? {} : { maxError: parseError(maxError) }),
			...(smooth === undefined ? {} : { smooth: parseRounds(smooth) }),
		},
	};
}

function parseFraction(text: string): number {
	const value = Number(text);
	if (text.trim() !== "" && value > 0 && value <= 1) return value;
	throw new NnvolError(
		"CONFIG",
		`--simplify ${text}: expected the share of triangles that is left, above 0 and up to 1`,
	);
}

function parseError(text: string): number {
	const value = Number(text);
	if (text.trim() !== "" && value > 0 && Number.isFinite(value)) return value;
	throw new NnvolError("CONFIG", `--max-error ${text}: expected a number above 0, in the unit of the voxel size`);
}

function parseRounds(text: string): number {
	const value = Number(text);
	if (text.trim() !== "" && Number.isSafeInteger(value) && value >= 0 && value <= MOST_ROUNDS) return value;
	throw new NnvolError("CONFIG", `--smooth ${text}: expected a whole number of rounds, 0 to ${MOST_ROUNDS}`);
}

function parseIds(text: string): readonly bigint[] | "all" {
	if (text.trim() === "all") return "all";
	const words = text.split(",").map((word) => word.trim());
	const isRight = words.every((word) => /^[1-9]\d*$/.test(word));
	if (isRight) return [...new Set(words.map(BigInt))];
	throw new NnvolError("CONFIG", `--mesh ${text}: expected all, or numbers of objects such as 1,5,9`);
}

function parseFormat(text: string): MeshFormat {
	const format = MESH_FORMATS.find((name) => name === text);
	if (format !== undefined) return format;
	throw new NnvolError("CONFIG", `--mesh-format ${text}: expected one of ${MESH_FORMATS.join(", ")}`);
}

function parseSpacing(text: string): Zyx {
	const numbers = text.split(",").map((word) => (word.trim() === "" ? Number.NaN : Number(word)));
	if (numbers.length === 3 && numbers.every((n) => Number.isFinite(n) && n > 0)) return asZyx(numbers);
	throw new NnvolError("CONFIG", `--spacing ${text}: expected 3 numbers above 0 such as 30,4,4`);
}

function parseChannel(text: string): number {
	const channel = Number(text);
	if (text.trim() !== "" && Number.isSafeInteger(channel) && channel >= 0) return channel;
	throw new NnvolError("CONFIG", `--channel ${text}: expected a whole number from 0`);
}

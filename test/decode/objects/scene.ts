/**
 * The objects of `test/fixtures/objects`, and volumes that lie in memory.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { cut, type NdArray, ndarray } from "../../../src/core/array.ts";
import type { Box } from "../../../src/core/box.ts";
import { viewAs } from "../../../src/core/dtype.ts";
import { asZyx, type Zyx } from "../../../src/core/shape.ts";
import { type SpaceReader, spaceReader } from "../../../src/decode/objects/label-volume.ts";
import { type ObjectTable, objectRow } from "../../../src/decode/objects/object-table.ts";

const FOLDER = join(import.meta.dirname, "..", "..", "fixtures", "objects");

const numbers = z.array(z.number());
const rowSchema = z.object({
	id: z.number(),
	class: z.number(),
	voxels: z.number(),
	volume: z.number(),
	start: numbers,
	stop: numbers,
	centroid: numbers,
	centroidPhysical: numbers,
	meanProbability: z.number(),
	surfaceArea: z.number(),
	touchesBorder: z.boolean(),
});
const schema = z.object({ shape: numbers, spacing: numbers, rows: z.array(rowSchema) });

/** What scikit-image measures of the fixture's objects. */
export const EXPECTED = schema.parse(JSON.parse(readFileSync(join(FOLDER, "expected.json"), "utf8")));

/** Voxel size of the fixture, z, y, x. */
export const SPACING: Zyx = asZyx(EXPECTED.spacing);

/** The fixture's arrays. */
export function fixture(): {
	labels: NdArray<"uint16">;
	probabilities: NdArray<"float32">;
	classes: NdArray<"uint8">;
} {
	const bytes = (name: string) => new Uint8Array(readFileSync(join(FOLDER, name)));
	return {
		labels: ndarray("uint16", EXPECTED.shape, viewAs("uint16", bytes("labels.u16"))),
		probabilities: ndarray("float32", EXPECTED.shape, viewAs("float32", bytes("probabilities.f32"))),
		classes: ndarray("uint8", EXPECTED.shape, viewAs("uint8", bytes("classes.u8"))),
	};
}

/** An array as an open volume. */
export function inMemory(array: NdArray, axes = "", chunks?: readonly number[], channel?: number): SpaceReader {
	const { dtype, shape } = array;
	const info = { format: "zarr" as const, path: "memory.zarr", dtype, shape, axes };
	const reader = {
		info: chunks === undefined ? info : { ...info, chunks },
		read: async (box: Box) => cut(array, box),
		close: async () => undefined,
	};
	return spaceReader(reader, channel);
}

/** All rows of a table, ids as numbers, boxes apart. */
export function rowsOf(table: ObjectTable): z.infer<typeof rowSchema>[] {
	return Array.from({ length: table.count }, (_, i) => {
		const { id, box, centroid, centroidPhysical, ...row } = objectRow(table, i);
		return {
			...row,
			id: Number(id),
			class: row.class ?? -1,
			start: [...box.start],
			stop: [...box.stop],
			centroid: [...centroid],
			centroidPhysical: [...centroidPhysical],
			meanProbability: row.meanProbability ?? -1,
			surfaceArea: row.surfaceArea ?? -1,
		};
	});
}

/** A triangle mesh as its files hold it. */
export type Mesh = {
	/** x, y, z each. */
	readonly places: readonly number[];
	readonly triangles: readonly number[];
};

/** What a closed surface must satisfy, and what it holds. */
export function surfaceFacts({ places, triangles }: Mesh) {
	const sides = new Map<string, number>();
	let [volume, area] = [0, 0];
	for (let i = 0; i < triangles.length; i += 3) {
		const corners = [0, 1, 2].map((n) => triangles[i + n] ?? -1);
		for (const n of [0, 1, 2]) {
			const side = `${corners[n]} ${corners[(n + 1) % 3]}`;
			sides.set(side, (sides.get(side) ?? 0) + 1);
		}
		const [a, b, c] = corners.map((corner) => places.slice(3 * corner, 3 * corner + 3));
		const [u, v] = [minus(b, a), minus(c, a)];
		const normal = cross(u, v);
		area += Math.hypot(...normal) / 2;
		volume += dot(a ?? [], normal) / 6;
	}
	const directed = [...sides.values()];
	const opposite = [...sides.keys()].filter((side) => sides.has(side.split(" ").reverse().join(" ")));
	const vertices = places.length / 3;
	return {
		vertices,
		/** Each side once in each direction: exactly two triangles at each, all turned the same way. */
		isClosed: directed.every((count) => count === 1) && opposite.length === directed.length,
		/** 2 for each ball, 0 for each ring. */
		euler: vertices - directed.length / 2 + triangles.length / 3,
		used: new Set(triangles).size,
		volume,
		area,
	};
}

function minus(a: readonly number[] = [], b: readonly number[] = []): number[] {
	return a.map((value, axis) => value - (b[axis] ?? 0));
}

function cross([ax = 0, ay = 0, az = 0]: readonly number[], [bx = 0, by = 0, bz = 0]: readonly number[]): number[] {
	return [ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx];
}

function dot(a: readonly number[], b: readonly number[]): number {
	return a.reduce((sum, value, axis) => sum + value * (b[axis] ?? 0), 0);
}

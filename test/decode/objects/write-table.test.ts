/**
 * Object tables as files: what is written reads back, in pieces, and a failed one leaves nothing.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, parquetSchema } from "hyparquet";
import { describe, expect, it } from "vitest";
import { NnvolError } from "../../../src/core/errors.ts";
import type { ObjectTable } from "../../../src/decode/objects/object-table.ts";
import { writeParquet } from "../../../src/decode/objects/parquet.ts";
import { spooled } from "../../../src/decode/objects/spool.ts";
import { surveyObjects } from "../../../src/decode/objects/survey.ts";
import { writeObjectTable } from "../../../src/decode/objects/write-table.ts";
import { testFolder } from "../../folder.ts";
import { EXPECTED, fixture, inMemory, rowsOf, SPACING } from "./scene.ts";

const NAMES = [
	"id,class,voxels,volume,start_z,start_y,start_x,stop_z,stop_y,stop_x,centroid_z,centroid_y,centroid_x",
	"centroid_physical_z,centroid_physical_y,centroid_physical_x,mean_probability,surface_area,touches_border",
].join(",");

async function fixtureTable(): Promise<ObjectTable> {
	const { labels, probabilities, classes } = fixture();
	return surveyObjects(
		{ labels: inMemory(labels), probabilities: inMemory(probabilities), classes: inMemory(classes) },
		{ spacing: SPACING, unit: "micrometer", memory: 1 << 30 },
	);
}

/** A table of so many objects, each of one voxel. */
function manyObjects(count: number): ObjectTable {
	return {
		count,
		ids: BigUint64Array.from({ length: count }, (_, i) => 2n ** 63n + BigInt(i)),
		voxels: new Float64Array(count).fill(1),
		boxes: Uint32Array.from({ length: 6 * count }, (_, i) => (i % 6 < 3 ? 0 : 1)),
		sums: new Float64Array(3 * count),
		surfaces: undefined,
		probabilities: undefined,
		classes: undefined,
		shape: [count, 1, 1],
		spacing: [1, 1, 1],
	};
}

describe("a table as CSV", () => {
	it("has a header and a line an object, as RFC 4180 wants them", async () => {
		const folder = testFolder();
		const table = await fixtureTable();
		await writeObjectTable(join(folder, "new", "t.CSV"), table);
		const lines = readFileSync(join(folder, "new", "t.CSV"), "utf8").split("\r\n");
		expect([lines[0], lines.length, lines.at(-1)]).toEqual([NAMES, EXPECTED.rows.length + 2, ""]);
		for (const [i, row] of rowsOf(table).entries()) {
			const { id, class: kind, voxels, volume, start, stop, centroid, centroidPhysical, ...rest } = row;
			const numbers = [id, kind, voxels, volume, ...start, ...stop, ...centroid, ...centroidPhysical];
			const end = [rest.meanProbability, rest.surfaceArea, rest.touchesBorder];
			expect(lines[i + 1]).toBe([...numbers, ...end].join(","));
		}
		expect(readdirSync(join(folder, "new"))).toEqual(["t.CSV"]);
	});

	it("leaves out what was not measured, and writes any number of lines", async () => {
		const path = join(testFolder(), "t.csv");
		await writeObjectTable(path, manyObjects(40_000));
		const lines = readFileSync(path, "utf8").split("\r\n");
		expect([lines.length, lines[40_000]]).toEqual([
			40_002,
			`${2n ** 63n + 39_999n},,1,1,0,0,0,1,1,1,0,0,0,0,0,0,,,true`,
		]);
	});
});

describe("a table as Parquet", () => {
	it("reads back with its types, and the volume's facts", async () => {
		const path = join(testFolder(), "t.parquet");
		const table = await fixtureTable();
		await writeObjectTable(path, table);
		const file = await asyncBufferFromFile(path);
		const metadata = await parquetMetadataAsync(file);
		expect(
			parquetSchema(metadata)
				.children.map(({ element: { name } }) => name)
				.join(","),
		).toBe(NAMES);
		expect(metadata.key_value_metadata).toEqual([
			{ key: "nnvol.spacing_zyx", value: "[2.5,1,0.75]" },
			{ key: "nnvol.shape_zyx", value: "[14,22,26]" },
			{ key: "nnvol.unit", value: '"micrometer"' },
		]);
		const found = await parquetReadObjects({ file });
		const wanted = rowsOf(table).map((row) => ({
			id: BigInt(row.id),
			class: row.class,
			voxels: BigInt(row.voxels),
			volume: row.volume,
			...perAxis("start", row.start),
			...perAxis("stop", row.stop),
			...perAxis("centroid", row.centroid),
			...perAxis("centroid_physical", row.centroidPhysical),
			mean_probability: row.meanProbability,
			surface_area: row.surfaceArea,
			touches_border: row.touchesBorder,
		}));
		expect(found).toEqual(wanted);
	});

	it("has row groups, ids of 64 bits and missing values", async () => {
		const path = join(testFolder(), "t.parquet");
		await spooled(path, (spool) => writeParquet(manyObjects(2500), spool, 1000));
		const file = await asyncBufferFromFile(path);
		const { row_groups: groups } = await parquetMetadataAsync(file);
		expect(groups.map(({ num_rows }) => Number(num_rows))).toEqual([1000, 1000, 500]);
		const rows = await parquetReadObjects({ file });
		expect(rows.length).toBe(2500);
		expect(rows[2499]).toMatchObject({
			id: 2n ** 63n + 2499n,
			class: null,
			mean_probability: null,
			surface_area: null,
		});
	});

	it("may be empty", async () => {
		const path = join(testFolder(), "t.parquet");
		await writeObjectTable(path, manyObjects(0));
		expect(await parquetReadObjects({ file: await asyncBufferFromFile(path) })).toEqual([]);
	});
});

describe("a table that fails", () => {
	it("is refused where its name tells no format", async () => {
		await expect(writeObjectTable("t.xlsx", manyObjects(1))).rejects.toMatchObject({ code: "CONFIG" });
	});

	it("leaves the one that was there", async () => {
		const folder = testFolder({ "t.csv": "old" });
		const failing = spooled(join(folder, "t.csv"), async (spool) => {
			spool.add(Buffer.from("new"));
			await spool.flush(true);
			throw new NnvolError("VOLUME", "the disk is full");
		});
		await expect(failing).rejects.toThrow(/disk is full/);
		expect(readdirSync(folder)).toEqual(["t.csv"]);
		expect(readFileSync(join(folder, "t.csv"), "utf8")).toBe("old");
	});

	it("tells where it cannot be written", async () => {
		const folder = testFolder({ file: "" });
		const path = join(folder, "file", "t.csv");
		await expect(writeObjectTable(path, manyObjects(1))).rejects.toMatchObject({ code: "VOLUME" });
	});
});

function perAxis(name: string, [z, y, x]: readonly number[]): Record<string, number | undefined> {
	return { [`${name}_z`]: z, [`${name}_y`]: y, [`${name}_x`]: x };
}

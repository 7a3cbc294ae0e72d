import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { ndarray } from "../../src/core/array.ts";
import { wholeBox } from "../../src/core/box.ts";
import { narrowest } from "../../src/image/labels.ts";
import { type Image, readImage } from "../../src/preprocess/image.ts";
import { writeCase } from "../../src/run/case-files.ts";
import { propertiesOf } from "../../src/run/case-properties.ts";
import { formatOfName, openVolume } from "../../src/volume/formats.ts";
import { decodeFields } from "../../src/volume/nifti/fields.ts";
import type { VolumeInfo } from "../../src/volume/volume.ts";
import { testFolder } from "../folder.ts";
import { modelSpec } from "../model-spec.ts";
import { decoded, READER_CASES, type ReaderCase, writeFiles } from "../preprocess/reader-cases.ts";
import { expectSame } from "../volume/conformance.ts";

const near = (found: readonly number[] | undefined, wanted: readonly number[], digits: number) => {
	expect(found?.length).toBe(wanted.length);
	for (const [n, value] of wanted.entries()) {
		if (Math.abs((found?.[n] ?? Number.NaN) - value) > digits * Math.max(1, Math.abs(value)))
			expect(found).toEqual(wanted);
	}
};

async function read(one: ReaderCase): Promise<{ image: Image; folder: string; spec: ReturnType<typeof modelSpec> }> {
	const folder = testFolder();
	const channels = Array.from({ length: one.shape[0] ?? 1 }, (_, n) => String(n));
	const spec = modelSpec({ reader: one.reader, channels, dimensions: one.shape[1] === 1 ? 2 : 3 });
	return { image: await readImage(writeFiles(one, folder), spec), folder, spec };
}

/** Writes the labels of a case as a file with `ending`; gives its path. */
async function write(one: ReaderCase, ending: string): Promise<string> {
	const { image, folder, spec } = await read(one);
	const path = join(folder, `out${ending}`);
	const shape = image.rank === 2 ? one.shape.slice(2) : one.shape.slice(1);
	const labels = narrowest(decoded("uint16", one.labels));
	const array = labels instanceof Uint8Array ? ndarray("uint8", shape, labels) : ndarray("uint16", shape, labels);
	const format = formatOfName(path);
	if (format === undefined) throw new Error(path);
	const file = await writeCase(
		path,
		{ array, axes: image.rank === 2 ? "yx" : "zyx" },
		{
			format,
			attributes: {},
			placement: image.placement,
			properties: propertiesOf(image, spec),
			spacingFile: format === "tiff" && image.rank === 3,
		},
	);
	await file.commit();
	expect(readdirSync(folder).filter((name) => name.startsWith("."))).toEqual([]);
	return path;
}

async function load(path: string): Promise<{ info: VolumeInfo; array: ReturnType<typeof ndarray> }> {
	const reader = await openVolume(path);
	try {
		return { info: reader.info, array: await reader.read(wholeBox(reader.info.shape)) };
	} finally {
		await reader.close();
	}
}

describe("labels as nnU-Net's classes write them (test/fixtures/readers/make.py)", () => {
	for (const one of READER_CASES) {
		const { written } = one;
		if (written === null) continue;
		it(`${one.reader} ${one.ending}: ${one.name}`, async () => {
			const path = await write(one, one.ending);
			const { info, array } = await load(path);
			const values = decoded("uint16", written.values);
			const wanted =
				written.dtype === "uint8"
					? ndarray("uint8", written.shape, Uint8Array.from(values))
					: ndarray("uint16", written.shape, Uint16Array.from(values));
			expectSame(array, wanted);
			if (written.geometry !== undefined) {
				near(info.geometry?.spacing, written.geometry.spacing, 0);
				near(info.geometry?.origin, written.geometry.origin, 1e-15);
				near(info.geometry?.direction, written.geometry.direction, 1e-15);
			}
			if (written.affine !== undefined) near(info.affine, written.affine, 0);
			if (written.header !== undefined) expectHeader(path, written.header);
			if (written.spacingFile !== undefined) {
				const side: unknown = JSON.parse(readFileSync(path.replace(/\.tif$/, ".json"), "utf8"));
				expect(side).toEqual({ spacing: written.spacingFile });
			}
		});
	}

	it("a file of four dimensions, which nnU-Net reads but cannot write, becomes one of three", async () => {
		const one = READER_CASES.find(({ written }) => written === null);
		if (one === undefined) throw new Error("no such case");
		const { info } = await load(await write(one, ".nii.gz"));
		expect(info.shape).toEqual(one.shape.slice(1));
		near(info.geometry?.spacing, one.sitk?.spacing.slice(0, 3) ?? [], 0);
	});

	function expectHeader(path: string, header: string): void {
		const bytes = readFileSync(path);
		const ours = decodeFields(path.endsWith(".gz") ? gunzipSync(bytes) : bytes, 1, true);
		const theirs = decodeFields(Buffer.from(header, "base64"), 1, true);
		// where the qform is not valid its quaternion has a sign and last bits of its own
		const plus = (values: readonly number[]) => values.map((value) => value + 0);
		const rest = (fields: typeof ours) => ({
			...fields,
			quatern: [],
			srow: plus(fields.srow),
			qoffset: plus(fields.qoffset),
			pixdim: plus(fields.pixdim),
		});
		expect(rest(ours)).toEqual(rest(theirs));
		if (theirs.qformCode !== 0) expect(plus(ours.quatern)).toEqual(plus(theirs.quatern));
	}
});

describe("an output of another format than the input", () => {
	const pick = (reader: string, ending: string) => {
		const one = READER_CASES.find(
			(each) => each.reader === reader && each.ending === ending && each.name.endsWith(" 3"),
		);
		if (one === undefined) throw new Error(`${reader} ${ending}`);
		return one;
	};

	it("keeps the place in the world where it can be told", async () => {
		for (const [reader, from] of [
			["SimpleITKIO", ".nrrd"],
			["SimpleITKIOWithReorient", ".mha"],
			["NibabelIOWithReorient", ".nii"],
		] as const) {
			const one = pick(reader, from);
			const source = (await read(one)).image.placement.geometry;
			for (const to of [".nii.gz", ".nrrd", ".mha"]) {
				const { info } = await load(await write(one, to));
				near(info.geometry?.origin, source?.origin ?? [], 1e-6);
				near(info.geometry?.spacing, source?.spacing ?? [], 1e-6);
				near(info.geometry?.direction, source?.direction ?? [], 1e-6);
			}
			const { info } = await load(await write(one, ".tif"));
			expect(info.shape).toEqual((await load(await write(one, ".nrrd"))).info.shape);
		}
	});

	it("has a plain place where the input has none", async () => {
		const one = READER_CASES.find(({ reader, name }) => reader === "Tiff3DIO" && name === "with a spacing");
		if (one === undefined) throw new Error("no such case");
		const { info } = await load(await write(one, ".nii.gz"));
		expect(info.geometry).toEqual({
			origin: [0, 0, 0],
			spacing: [0.25, 0.5, 4],
			direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
		});
	});
});

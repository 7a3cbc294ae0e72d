import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseCaseName } from "../../../src/nnunet/cases.ts";
import { findInputs, readList } from "../../../src/nnunet/inputs.ts";
import { volumeCases } from "../../../src/plan/volume-cases.ts";
import { identify } from "../../../src/run/input-identity.ts";
import { formatByName, openVolume, senseFormat } from "../../../src/volume/formats.ts";
import { testFolder } from "../../folder.ts";
import { type FaultServer, faultServer } from "./fault-server.ts";

const VOXELS = Uint16Array.from({ length: 6 * 20 * 30 }, (_, n) => (n * 97) % 65_536);
const SHAPE = [6, 20, 30];

/** A volume on the disk, by the project's own writer. */
async function written(format: "zarr" | "n5" | "precomputed"): Promise<string> {
	const path = join(testFolder(), "v");
	const writer = await (await formatByName(format)).create(path, {
		dtype: "uint16",
		shape: SHAPE,
		axes: "zyx",
		spacing: [40, 8, 8],
		layout: { chunks: [2, 10, 10] },
	});
	await writer.write([0, 0, 0], { dtype: "uint16", shape: SHAPE, data: VOXELS });
	await writer.finish();
	return path;
}

let server: FaultServer;

function serve(folder: string, at: string): void {
	for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
		const path = resolve(folder, name);
		if (statSync(path).isFile())
			server.values.set(`${at}/${relative(folder, path).split(sep).join("/")}`, readFileSync(path));
	}
}

beforeAll(async () => {
	server = await faultServer({ fault: (n) => (n % 10 === 4 ? "drop" : undefined) });
});
afterAll(() => server.close());

describe("volumes behind URLs", () => {
	test.each(["zarr", "n5", "precomputed"] as const)(
		"%s is told and read, though one request in ten is lost",
		async (format) => {
			serve(await written(format), `/${format}/v`);
			const url = `${server.url}/${format}/v`;
			for (const path of [url, `${url}/`, `${format}://${url}`]) expect(await senseFormat(path)).toBe(format);
			const reader = await openVolume(`${format}://${url}`);
			try {
				expect(reader.info).toMatchObject({ format, dtype: "uint16", shape: SHAPE });
				const { data } = await reader.read({ start: [0, 0, 0], stop: SHAPE });
				expect(data).toEqual(VOXELS);
				const part = await reader.read({ start: [1, 5, 7], stop: [3, 8, 11] });
				expect(part.data[0]).toBe(VOXELS[(1 * 20 + 5) * 30 + 7]);
			} finally {
				await reader.close();
			}
		},
	);

	test.each(["a.h5", "a.tif", "a.nii.gz"])("a single file %s is not built, and told so", async (name) => {
		await expect(openVolume(`${server.url}/x/${name}?token=secret`)).rejects.toMatchObject({
			code: "UNBUILT",
			message: `${server.url}/x/${name}: a single file behind a URL cannot be read yet; download it, or convert it to Zarr, N5 or precomputed, which are read where they lie`,
		});
	});

	test("a file of any name is told from nothing", async () => {
		server.values.set("/x/data", Uint8Array.of(1, 2));
		await expect(openVolume(`${server.url}/x/data`)).rejects.toMatchObject({ code: "UNBUILT" });
		await expect(openVolume(`${server.url}/x/nothing`)).rejects.toMatchObject({
			code: "VOLUME",
			message: expect.stringMatching(
				/nothing: expected a Zarr, N5 or precomputed volume, found none .*check the address/,
			),
		});
	});

	test("what it is recognised by changes with its documents", async () => {
		serve(await written("zarr"), "/known/v.zarr");
		const url = `${server.url}/known/v.zarr`;
		const [first] = await identify([url]);
		expect(first?.name).toBe("v.zarr");
		expect(await identify([url])).toEqual([first]);
		const key = "/known/v.zarr/zarr.json";
		const document = JSON.parse(Buffer.from(server.values.get(key) ?? []).toString());
		server.values.set(key, Buffer.from(JSON.stringify({ ...document, attributes: { other: 1 } })));
		expect(await identify([url])).not.toEqual([first]);
		await expect(identify([`${server.url}/known/w.zarr`])).rejects.toMatchObject({ code: "VOLUME" });
	});
});

describe("URLs as inputs", () => {
	test("are taken as they stand", async () => {
		expect(await findInputs("s3://b/x_0000.zarr/")).toEqual({ paths: ["s3://b/x_0000.zarr"], notes: [] });
		expect(await findInputs("zarr://https://h/x.zarr?a=[1]")).toMatchObject({ paths: ["https://h/x.zarr?a=[1]"] });
		const { paths, notes } = await findInputs("gs://b/*.zarr");
		expect(paths).toEqual(["gs://b/*.zarr"]);
		expect(notes).toEqual([
			expect.stringContaining("behind URLs nothing is searched; name each volume in a list file"),
		]);
	});

	test("stand in list files beside paths", async () => {
		const folder = testFolder({ "list.txt": "s3://b/x.zarr\nprecomputed://gs://b/y\nz.zarr\n" });
		expect((await readList(join(folder, "list.txt"))).paths).toEqual([
			"s3://b/x.zarr",
			"gs://b/y",
			join(folder, "z.zarr"),
		]);
	});

	test("name cases by their last part", () => {
		expect(parseCaseName("s3://b/deep/x_0001.zarr")).toEqual({ id: "x", channel: 1 });
		expect(parseCaseName("https://h/x.zarr?token=a/b.zarr")).toEqual({ id: "x" });
		const naming = { folder: "out", template: "{parent}-{stem}", suffix: "", format: "zarr" as const };
		const paths = ["s3://b/deep/x_0000.zarr", "s3://b/deep/x_0001.zarr", "gs://c/y"];
		expect(volumeCases(paths, 2, naming).map(({ output, files }) => [output, files])).toEqual([
			[join("out", "c-y.zarr"), ["gs://c/y"]],
			[join("out", "deep-x.zarr"), paths.slice(0, 2)],
		]);
	});
});

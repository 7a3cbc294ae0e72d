/**
 * Commands that are watched: what TensorBoard, Prometheus' client and a reader of lines find afterwards.
 */
import { readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { decodePng } from "../../src/volume/png/decode.ts";
import { nnvol } from "../cli/command.ts";
import { pattern, writeImages, writeModel, writeVolume } from "../cli/scene.ts";
import { testFolder } from "../folder.ts";
import { parsePage, seriesValue } from "./prometheus-page.ts";
import { findPython } from "./python.ts";
import { type EventRecord, eventsIn } from "./tfrecord.ts";

const python = await findPython();

/** Three images, one of them damaged. */
async function threeImages(folder: string) {
	const model = writeModel(join(folder, "model"));
	const images = await writeImages(join(folder, "in"), ["a.png", "b.png", "c.png"], [40, 50]);
	writeFileSync(join(images, "c.png"), "no picture");
	return [model, images, join(folder, "out"), "--device", "cpu"];
}

/** The events of the only run below a folder of TensorBoard's, and their file. */
function onlyRun(folder: string): { readonly path: string; readonly name: string; readonly events: EventRecord[] } {
	const [name = "", ...others] = readdirSync(folder);
	expect(others).toEqual([]);
	const [file = "", ...more] = readdirSync(join(folder, name));
	expect(more).toEqual([]);
	expect(file).toMatch(/^events\.out\.tfevents\.\d{10}\./);
	const path = join(folder, name, file);
	return { path, name, events: eventsIn(readFileSync(path)) };
}

function scalarsOf(events: readonly EventRecord[]): Record<string, number> {
	const values = events.flatMap((event) => event.values).filter(({ scalar }) => scalar !== undefined);
	return Object.fromEntries(values.map(({ tag, scalar = 0 }) => [tag, scalar])); // the last of each
}

function linesOf(path: string): Record<string, unknown>[] {
	return readFileSync(path, "utf8")
		.trimEnd()
		.split("\n")
		.map((line) => JSON.parse(line));
}

describe("a run over files", () => {
	it("is written down in all ways at once; the JSON lines are those of --json", async () => {
		const folder = testFolder();
		const words = await threeImages(folder);
		const [board, lines, page] = ["board", "events.jsonl", "metrics.prom"].map((name) => join(folder, "seen", name));
		if (board === undefined || lines === undefined || page === undefined) throw new Error("no places");
		const watch = ["--tensorboard", board, "--events", lines, "--prometheus", page];
		const { code, out, err } = await nnvol("predict", ...words, ...watch, "--json");
		expect(code).toBe(3);
		expect(err).toMatch(/2 done, 0 skipped, 1 failed; at most \d.* [MG]B of memory; report: /);

		const written = linesOf(lines);
		const told = out
			.trimEnd()
			.split("\n")
			.map((line) => JSON.parse(line));
		const kept = written.map(({ time, host, pid, ...event }) => {
			expect(Date.parse(String(time))).toBeGreaterThan(0);
			expect([typeof host, pid]).toEqual(["string", process.pid]);
			return event;
		});
		const first = told.findIndex(({ kind }) => kind === "started");
		expect(kept.slice(kept.findIndex(({ kind }) => kind === "started"))).toEqual(told.slice(first));
		expect(kept.at(-1)).toMatchObject({ kind: "finished", done: 2, failed: 1, peakMemory: expect.any(Number) });

		const metrics = parsePage(readFileSync(page, "utf8"));
		expect(seriesValue(metrics, "nnvol_cases", { state: "done" })).toBe(2);
		expect(seriesValue(metrics, "nnvol_cases", { state: "failed" })).toBe(1);
		expect(seriesValue(metrics, "nnvol_voxels_total")).toBeCloseTo(2 * 40 * 50);
		expect(seriesValue(metrics, "nnvol_finished")).toBe(1);

		const { events } = onlyRun(board);
		expect(scalarsOf(events)).toMatchObject({ "progress/files_done": 2, "failures/files": 1, "progress/part_done": 1 });
		expect(scalarsOf(events)["seconds/network"]).toBeGreaterThan(0);
		expect(events.flatMap(({ values }) => values.map(({ text }) => text ?? "")).join()).toContain("c: ");
		const pictures = events.flatMap(({ values }) => values).filter(({ image }) => image !== undefined);
		expect(pictures.map(({ tag }) => tag)).toEqual([expect.stringMatching(/^samples\/[ab]$/)]);
		const drawn = await decodePng("sample", pictures[0]?.image?.png ?? new Uint8Array());
		expect(drawn.shape).toEqual([40, 50, 3]);
	});

	it("goes on with a warning where something cannot be written", async () => {
		const folder = testFolder();
		const words = await threeImages(folder);
		const busy = createServer();
		await new Promise<void>((done) => busy.listen(0, "127.0.0.1", () => done()));
		const address = busy.address();
		const port = typeof address === "object" ? (address?.port ?? 0) : 0;
		writeFileSync(join(folder, "file"), "");
		const below = join(folder, "file", "x");
		const watch = ["--tensorboard", below, "--events", below, "--prometheus", `127.0.0.1:${port}`];
		try {
			const { code, err } = await nnvol("predict", ...words, ...watch);
			expect(code).toBe(3);
			expect(err.match(/^warning: cannot write .*; the run goes on without$/gm)?.length).toBe(3);
			expect(err).toContain("2 done, 0 skipped, 1 failed");
		} finally {
			busy.close();
		}
	});

	it("a wrong place is refused before anything is read", async () => {
		const words = ["predict", "model", "in", "out"];
		expect(await nnvol(...words, "--prometheus", ":99999")).toMatchObject({ code: 2 });
		expect((await nnvol(...words, "--events", "")).err).toContain("--events: the place is empty");
		expect(await nnvol(...words, "--tensorboard", "s3://bucket/logs")).toMatchObject({
			code: 2,
			err: expect.stringContaining("name a local path"),
		});
	});
});

describe("a streamed volume", () => {
	it("tells of its blocks, and of the seconds of its parts", async () => {
		const folder = testFolder();
		const network = "1 channel 3D";
		const model = writeModel(join(folder, "model"), { network, ending: ".tif", reader: "Tiff3DIO" });
		const image = await writeVolume(join(folder, "v.tif"), pattern([12, 40, 36]), "zyx");
		const [board, lines] = [join(folder, "board"), join(folder, "events.jsonl")];
		const config = join(folder, "config.yaml");
		writeFileSync(config, `monitor:\n  tensorboard: ${board}\n  interval: 0.1\n`);
		const { code, err } = await nnvol(
			...["infer-volume", "--config", config, "--checkpoint", model, "--events", lines],
			...["system.device=cpu", `inference.volume_mode.file_pattern=${image}`, "inference.data.output_format=zarr"],
			...[`inference.data.output_path=${join(folder, "out")}`, "inference.volume_mode.stream=true"],
			"inference.data.chunks=[4,16,16]",
		);
		expect(code, err).toBe(0);
		const events = linesOf(lines);
		const blocks = events.filter(({ kind }) => kind === "block-done");
		const total = blocks.length;
		expect(total).toBeGreaterThan(1);
		expect(blocks.reduce((sum, { voxels }) => sum + Number(voxels), 0)).toBe(12 * 40 * 36);
		expect(events.filter(({ kind }) => kind === "block").at(-1)).toMatchObject({
			done: total,
			total,
			timing: { network: expect.any(Number) },
		});
		const run = onlyRun(board);
		expect(scalarsOf(run.events)).toMatchObject({ "progress/blocks_done": total, "failures/blocks": 0 });
		expect(run.events.flatMap(({ values }) => values).some(({ image }) => image !== undefined)).toBe(true);
	});
});

describe("a streamed volume with a damaged chunk", () => {
	it("ends with a table of the blocks that failed, kept as CSV and JSON, until it is mended", async () => {
		const folder = testFolder();
		const network = "1 channel 3D";
		const model = writeModel(join(folder, "model"), { network, ending: ".tif", reader: "Tiff3DIO" });
		const [image, lines] = [join(folder, "v.zarr"), join(folder, "events.jsonl")];
		const plain = await writeVolume(join(folder, "v.tif"), pattern([12, 64, 64]), "zyx");
		expect(await nnvol("convert", plain, image, "--chunks", "4,32,32")).toMatchObject({ code: 0 });
		const chunk = join(image, "c", "2", "1", "1");
		const whole = readFileSync(chunk);
		const put = (bytes: Uint8Array) => {
			writeFileSync(chunk, bytes);
			utimesSync(chunk, 1_700_000_000, 1_700_000_000); // what was measured of the volume stays known
		};
		const words = [
			...["infer-volume", "--checkpoint", model, "system.device=cpu", `inference.volume_mode.file_pattern=${image}`],
			...["inference.data.output_format=zarr", `inference.data.output_path=${join(folder, "out")}`],
			...["inference.volume_mode.stream=true", "inference.data.chunks=[4,16,16]", "--events", lines],
		];
		put(whole);
		expect(await nnvol(...words)).toMatchObject({ code: 0 });
		put(whole.map((byte) => 255 - byte));
		const { code, err } = await nnvol(...words, "--overwrite");
		expect(code).toBe(1);
		const state = join(folder, "out", ".nnvol");
		expect(err).toMatch(/^1 of 1 failed:\n {2}file +block +voxels +tried +by +error\n {2}v +\d+ +z \d+-\d+, /m);
		const told = linesOf(lines).filter(({ kind }) => kind === "block-failed");
		expect(told.length).toBeGreaterThan(0);
		const { failures } = JSON.parse(readFileSync(join(state, "failures.json"), "utf8"));
		expect(failures).toEqual(
			told.map(({ time: _, host, pid, kind: __, id, ...rest }) => {
				expect(rest["worker"]).toBe(`${host}-${pid}`);
				return { case: id, output: "v_prediction.zarr", ...rest };
			}),
		);
		const rows = readFileSync(join(state, "failures.csv"), "utf8").trimEnd().split("\r\n");
		expect(rows.length).toBe(1 + told.length);
		expect((await nnvol("status", join(folder, "out"))).out).toContain(`as a table: ${join(state, "failures.csv")}`);

		put(whole);
		expect(await nnvol(...words)).toMatchObject({ code: 0 });
		expect(readdirSync(state).filter((name) => name.startsWith("failures"))).toEqual([]);
	});
});

describe("workers on a plan", () => {
	it("each write files of their own, as the plan says; options of a worker come on top", async () => {
		const folder = testFolder();
		const words = await threeImages(folder);
		const [job, board] = [join(folder, "job.json"), join(folder, "board")];
		const place = (name: string) => join(folder, "seen", name);
		const planned = await nnvol(
			"plan",
			...words,
			"--save",
			job,
			"--events",
			place("e.jsonl"),
			"--prometheus",
			place("m.prom"),
		);
		expect(planned.err).toContain("nnvol work --plan");
		await nnvol("work", "--plan", job, "--shard", "0/2");
		await nnvol("work", "--plan", job, "--shard", "1/2", "--tensorboard", board);
		expect(readdirSync(join(folder, "seen")).sort()).toEqual([
			"e-0-of-2.jsonl",
			"e-1-of-2.jsonl",
			"m-0-of-2.prom",
			"m-1-of-2.prom",
		]);
		for (const share of ["0-of-2", "1-of-2"]) {
			for (const line of linesOf(place(`e-${share}.jsonl`))) expect(line["shard"]).toBe(share);
			const page = parsePage(readFileSync(place(`m-${share}.prom`), "utf8"));
			expect(page.samples.every(({ labels }) => labels["shard"] === share)).toBe(true);
		}
		expect(onlyRun(board).name).toMatch(/_1-of-2$/);

		const own = ["--prometheus", place("end.prom")];
		const { code, out } = await nnvol("finish", "--plan", job, ...own);
		expect(code).toBe(3);
		expect(out).not.toContain("existing files");
		const told = linesOf(place("e.jsonl"));
		expect(told[0]).toMatchObject({ kind: "started", total: 3, skipped: 2, remaining: 1 });
		expect(told.at(-1)).toMatchObject({ kind: "finished" });
		expect(told.every((line) => line["shard"] === undefined)).toBe(true);
		const page = parsePage(readFileSync(place("end.prom"), "utf8"));
		expect(seriesValue(page, "nnvol_cases", { state: "skipped" })).toBe(2);
		expect(seriesValue(page, "nnvol_finished")).toBe(1);
	});
});

describe.skipIf(process.platform !== "linux")("a disk that is full", () => {
	it("is one warning, and the run ends as it would", async () => {
		const folder = testFolder();
		const words = await threeImages(folder);
		const { code, err } = await nnvol("predict", ...words, "--events", "/dev/full");
		expect(code).toBe(3);
		expect(err.match(/warning: cannot write events in \/dev\/full: ENOSPC/g)?.length).toBe(1);
		expect(err).toContain("2 done, 0 skipped, 1 failed");
	});
});

describe.skipIf(python === undefined)("read by others", () => {
	it("TensorBoard finds curves, a picture and a text; Prometheus' client finds the metrics", async () => {
		const folder = testFolder();
		const words = await threeImages(folder);
		const [board, page] = [join(folder, "board"), join(folder, "m.prom")];
		await nnvol("predict", ...words, "--tensorboard", board, "--prometheus", page, "--num-parts", "1");
		const { path, events } = onlyRun(board);
		const found = JSON.parse((await python?.(READ, path, page)) ?? "{}");
		expect(found.scalars).toEqual(scalarsOf(events));
		expect(Object.values(found.images)).toEqual([[40, 50, "PNG"]]);
		expect(found.texts).toEqual([expect.stringMatching(/^c: .*c\.png/)]);
		const ours = parsePage(readFileSync(page, "utf8"));
		expect(found.metrics).toBe(ours.samples.length);
		expect(found.types).toEqual(
			Object.fromEntries([...ours.types].map(([name, type]) => [name.replace(/_total$/, ""), type])),
		);
	}, 400_000);
});

const READ = `
import json, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.util import tensor_util
from prometheus_client.parser import text_string_to_metric_families
events = EventAccumulator(sys.argv[1])
events.Reload()
tags = events.Tags()
metrics = list(text_string_to_metric_families(open(sys.argv[2], encoding="utf-8").read()))
image = lambda one: [one.height, one.width, one.encoded_image_string[1:4].decode()]
text = lambda one: tensor_util.make_ndarray(one.tensor_proto).item().decode()
print(json.dumps({
    "scalars": {tag: events.Scalars(tag)[-1].value for tag in tags["scalars"]},
    "images": {tag: image(events.Images(tag)[0]) for tag in tags["images"]},
    "texts": [text(one) for tag in tags["tensors"] for one in events.Tensors(tag)],
    "metrics": sum(len(metric.samples) for metric in metrics),
    "types": {metric.name: metric.type for metric in metrics},
}))
`;

/**
 * What commands on finished predictions are given: damaged, lying and hostile probabilities, properties, labels and
 * post-processing.
 *
 * @module
 */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { npyHeader } from "../../src/volume/npz/npy.ts";
import { dict, name as global, join as joined, pickle, text, tup } from "../checkpoint/pickle-writer.ts";
import { type Member, zipOf } from "../checkpoint/zip-writer.ts";

/** One folder of files that a command must refuse. `make` writes it and gives the command's arguments. */
export type HostileResult = {
	readonly name: string;
	readonly make: (folder: string) => readonly string[];
	readonly expect: RegExp;
};

const ENSEMBLE = join(import.meta.dirname, "..", "fixtures", "ensemble", "png");

/** Runs a program where a reader lets it. */
const EVIL = pickle(joined(global("os", "system"), tup(text("touch nnvol-was-here")), "R"));

/** Bytes of a file, or something that is no file. */
type Damage = (path: string) => unknown;

const cut =
	(part: number): Damage =>
	(path) => {
		const bytes = readFileSync(path);
		writeFileSync(path, bytes.subarray(0, Math.floor(bytes.length * part)));
	};
const flipped =
	(at: (length: number) => number): Damage =>
	(path) => {
		const bytes = readFileSync(path);
		const i = at(bytes.length);
		bytes[i] = (bytes[i] ?? 0) ^ 0x55;
		writeFileSync(path, bytes);
	};
const replaced =
	(bytes: Uint8Array | string): Damage =>
	(path) =>
		writeFileSync(path, bytes);
const folder: Damage = (path) => {
	rmSync(path);
	mkdirSync(path);
};
const pipe: Damage = (path) => {
	rmSync(path);
	execFileSync("mkfifo", [path]);
};
const gone: Damage = (path) => rmSync(path);

function npz(shape: readonly number[], over: Partial<Member> = {}): Uint8Array {
	const name = "probabilities.npy";
	return zipOf([
		{ name, data: Buffer.concat([npyHeader("float32", shape), Buffer.alloc(64)]), deflate: true, ...over },
	]);
}

function npyText(text: string): Uint8Array {
	const head = Buffer.from(`\x93NUMPY\x01\x00\0\0${text}\n`, "latin1");
	head.writeUInt16LE(head.length - 10, 8);
	return zipOf([{ name: "probabilities.npy", data: head }]);
}

/** Two folders of probabilities of one case, of which a file is damaged. */
function ensemble(name: string, file: string, damage: Damage, expect: RegExp): HostileResult {
	const make = (place: string): string[] => {
		for (const member of ["member_0", "member_1"]) {
			cpSync(join(ENSEMBLE, member), join(place, member), { recursive: true });
			for (const other of readdirSync(join(place, member)).filter((each) => each.startsWith("case_1"))) {
				rmSync(join(place, member, other));
			}
		}
		damage(join(place, file));
		return ["ensemble", join(place, "member_0"), join(place, "member_1"), "-o", join(place, "out")];
	};
	return { name: `ensemble: ${name}`, make, expect };
}

const SECOND = "member_1/case_0.npz";
const probabilities: readonly HostileResult[] = [
	...[0, 0.001, 0.02, 0.3, 0.6, 0.95, 0.9999].map((part) =>
		ensemble(`${part * 100} % of its probabilities`, SECOND, cut(part), /case_0\.npz: /),
	),
	ensemble(
		"a flipped byte of its probabilities",
		SECOND,
		flipped((n) => n >> 1),
		/case_0\.npz: .*(damaged|checksum)/,
	),
	ensemble(
		"a flipped byte of the zip's table",
		SECOND,
		flipped((n) => n - 30),
		/case_0\.npz: /,
	),
	ensemble("probabilities of another shape", SECOND, replaced(npz([4, 1, 2, 2])), /case_0\.npz/),
	ensemble("probabilities of 10^27 voxels", SECOND, replaced(npz([1e9, 1e9, 1e9, 1])), /case_0\.npz: .*need/),
	ensemble("probabilities of three axes", SECOND, replaced(npz([4, 2, 2])), /case_0\.npz: .*four axes/),
	ensemble(
		"probabilities of another name",
		SECOND,
		replaced(npz([4, 1, 2, 2], { name: "x.npy" })),
		/case_0\.npz: .*"probabilities"/,
	),
	ensemble(
		"probabilities that claim 4 GB",
		SECOND,
		replaced(npz([4, 1, 2, 2], { size: 2 ** 32 - 2 })),
		/case_0\.npz: /,
	),
	ensemble(
		"probabilities that are objects",
		SECOND,
		replaced(npyText("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }")),
		/case_0\.npz: /,
	),
	ensemble(
		"probabilities that are big-endian",
		SECOND,
		replaced(npyText("{'descr': '>f4', 'fortran_order': False, 'shape': (1,), }")),
		/case_0\.npz: /,
	),
	ensemble("an array header of no end", SECOND, replaced(npyText("{".repeat(20000))), /case_0\.npz: .*header/),
	ensemble("no zip", SECOND, replaced("hello"), /case_0\.npz: /),
	ensemble("a folder of probabilities", SECOND, folder, /case_0\.npz/),
	ensemble("a pipe of probabilities", SECOND, pipe, /case_0\.npz/),
	ensemble("no probabilities", SECOND, gone, /case_0|member_1/),
	...[0, 0.1, 0.5, 0.99].map((part) =>
		ensemble(`${part * 100} % of its properties`, "member_0/case_0.pkl", cut(part), /case_0\.pkl: /),
	),
	ensemble("properties that run a program", "member_0/case_0.pkl", replaced(EVIL), /case_0\.pkl: .*os\.system/),
	ensemble(
		"properties that are a list",
		"member_0/case_0.pkl",
		replaced(pickle(tup(text("a")))),
		/case_0\.pkl: .*dict/,
	),
	ensemble(
		"properties of a place that is none",
		"member_0/case_0.pkl",
		replaced(pickle(dict({ sitk_stuff: dict({ spacing: tup(text("a"), text("b")) }) }))),
		/case_0\.pkl: .*sitk_stuff/,
	),
	ensemble("properties that are a folder", "member_0/case_0.pkl", folder, /case_0\.pkl/),
	ensemble("properties that are a pipe", "member_0/case_0.pkl", pipe, /case_0\.pkl/),
	ensemble(
		"a dataset.json that is cut",
		"member_0/dataset.json",
		cut(0.5),
		/dataset\.json is not valid JSON|dataset file .* is not valid JSON/,
	),
	ensemble("a dataset.json that is a pipe", "member_0/dataset.json", pipe, /dataset\.json cannot be read: .*pipe/),
	ensemble(
		"a dataset.json of other labels",
		"member_0/dataset.json",
		replaced(JSON.stringify({ labels: { background: 0 }, file_ending: ".png", channel_names: { 0: "x" } })),
		/case_0|class|label/,
	),
	ensemble("a plans.json that is cut", "member_0/plans.json", cut(0.5), /plans file .* is not valid JSON/),
];

const STEP = "remove_all_but_largest_component_from_segmentation";
const GOOD = { postprocessing_fns: [STEP], postprocessing_kwargs: [{ labels_or_regions: [1] }] };

/** A folder of labels and post-processing, of which a file is damaged. */
function postprocessing(name: string, file: string, damage: Damage, expect: RegExp): HostileResult {
	const make = (place: string): string[] => {
		cpSync(join(ENSEMBLE, "output"), join(place, "labels"), { recursive: true });
		rmSync(join(place, "labels", "case_1.png"));
		writeFileSync(join(place, "p.json"), JSON.stringify(GOOD));
		writeFileSync(join(place, "p.pkl"), "");
		damage(join(place, file));
		const steps = join(place, file.startsWith("p.") ? file : "p.json");
		return ["apply-postprocessing", join(place, "labels"), join(place, "out"), "--postprocessing", steps];
	};
	return { name: `post-processing: ${name}`, make, expect };
}

const json = (value: unknown): Damage => replaced(JSON.stringify(value));
const steps: readonly HostileResult[] = [
	postprocessing("an empty JSON", "p.json", replaced(""), /p\.json is not valid JSON/),
	postprocessing("a JSON that is cut", "p.json", cut(0.5), /p\.json is not valid JSON/),
	postprocessing("a list", "p.json", json([1]), /p\.json: /),
	postprocessing("no steps", "p.json", json({}), /p\.json: postprocessing_fns/),
	postprocessing(
		"a function of one's own",
		"p.json",
		json({ ...GOOD, postprocessing_fns: ["os.system"] }),
		/p\.json: the function "os\.system"/,
	),
	postprocessing(
		"arguments of one's own",
		"p.json",
		json({ ...GOOD, postprocessing_kwargs: [{ labels_or_regions: 1, evil: 2 }] }),
		/p\.json: the argument "evil"/,
	),
	postprocessing(
		"more functions than arguments",
		"p.json",
		json({ ...GOOD, postprocessing_kwargs: [] }),
		/p\.json: it has 1 functions/,
	),
	postprocessing(
		"a label of 10^9",
		"p.json",
		json({ ...GOOD, postprocessing_kwargs: [{ labels_or_regions: 1e9 }] }),
		/p\.json: /,
	),
	postprocessing("a JSON that is a folder", "p.json", folder, /p\.json/),
	postprocessing("a JSON that is a pipe", "p.json", pipe, /p\.json cannot be read: .*pipe/),
	postprocessing("an empty pickle", "p.pkl", replaced(""), /p\.pkl: /),
	postprocessing("a pickle that runs a program", "p.pkl", replaced(EVIL), /p\.pkl: .*os\.system/),
	postprocessing("a pickle that is no pair", "p.pkl", replaced(pickle(dict({}))), /p\.pkl: expected a pickled pair/),
	postprocessing("a pickle that is text", "p.pkl", replaced("hello"), /p\.pkl: /),
	postprocessing("a pickle that is a folder", "p.pkl", folder, /p\.pkl/),
	postprocessing("a pickle that is a pipe", "p.pkl", pipe, /p\.pkl/),
	postprocessing("labels that are cut", "labels/case_0.png", cut(0.5), /case_0\.png: /),
	postprocessing("labels that are empty", "labels/case_0.png", cut(0), /case_0\.png: /),
	postprocessing("labels that are a pipe", "labels/case_0.png", pipe, /case_0\.png: /),
	postprocessing("no dataset.json", "labels/dataset.json", gone, /has no dataset\.json/),
];

/** Predicted labels beside true ones, of which a file is damaged; by `evaluate` and `determine-postprocessing`. */
function scored(name: string, file: string, damage: Damage, expect: RegExp): HostileResult[] {
	return ["evaluate", "determine-postprocessing"].map((command) => ({
		name: `${command}: ${name}`,
		make: (place: string): string[] => {
			for (const side of ["true", "found"]) {
				cpSync(join(ENSEMBLE, "output"), join(place, side), { recursive: true });
				rmSync(join(place, side, "case_1.png"));
			}
			damage(join(place, file));
			const [truth, found] = [join(place, "true"), join(place, "found")];
			return command === "evaluate" ? [command, truth, found] : [command, found, truth];
		},
		expect,
	}));
}

const scores: readonly HostileResult[] = [
	...scored("a prediction that is cut", "found/case_0.png", cut(0.5), /case_0\.png: /),
	...scored("a prediction that is text", "found/case_0.png", replaced("hello"), /case_0\.png: /),
	...scored("a truth that is cut", "true/case_0.png", cut(0.3), /case_0\.png: /),
	...scored("a truth that is a folder", "true/case_0.png", folder, /true|case_0/),
	...scored("a truth that is a pipe", "true/case_0.png", pipe, /case_0\.png: /),
	...scored("a prediction that is missing", "found/case_0.png", gone, /case_0\.png|no files ending in \.png/),
	...scored("a dataset.json that is cut", "found/dataset.json", cut(0.5), /not valid JSON/),
];

/** All of them. */
export const HOSTILE_RESULTS: readonly HostileResult[] = [...probabilities, ...steps, ...scores];

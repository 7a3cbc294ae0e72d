/**
 * Models whose files are damaged, lie, or contradict each other: dataset.json, plans.json of every age, model zips.
 *
 * @module
 */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Member, zipOf } from "../checkpoint/zip-writer.ts";
import { membersOf, writeResults } from "../nnunet/results-folder.ts";
import { readJson, writeModel } from "./scene.ts";

/** One model that must be refused. `make` writes it into an empty folder and gives what the command is to be given. */
export type HostileModel = {
	readonly name: string;
	readonly make: (folder: string) => string;
	readonly expect: RegExp;
};

type Json = Record<string, unknown>;
type Network = "residual" | "plain_old";

/** The one configuration of a good model, to be changed in place. */
type Change = (configuration: Json, plans: Json) => unknown;

function isObject(value: unknown): value is Json {
	return typeof value === "object" && value !== null;
}

/** The object under `key`. */
function within(json: Json, key: string): Json {
	const value = json[key];
	if (!isObject(value)) throw new TypeError(`no object under ${key}`);
	return value;
}

const architecture = (configuration: Json): Json => within(within(configuration, "architecture"), "arch_kwargs");

/** A good model; that of old plans has the weights that belong to it. */
function good(folder: string, network: Network): string {
	const model = writeModel(join(folder, "model"));
	if (network === "residual") return model;
	const old = join(import.meta.dirname, "..", "fixtures", "graph", "plain_2d_old_plans");
	for (const name of ["plans.json", "model.pth"]) cpSync(join(old, name), join(model, name));
	return model;
}

function withPlans(name: string, change: Change, expect: RegExp, network: Network = "residual"): HostileModel {
	const make = (folder: string): string => {
		const model = good(folder, network);
		const plans = readJson(join(model, "plans.json"));
		const [configuration = {}] = Object.values(within(plans, "configurations")).filter(isObject);
		change(configuration, plans);
		writeFileSync(join(model, "plans.json"), JSON.stringify(plans));
		return model;
	};
	return { name, make, expect };
}

function withDataset(name: string, change: (dataset: Json) => unknown, expect: RegExp): HostileModel {
	const make = (folder: string): string => {
		const model = good(folder, "residual");
		const dataset = readJson(join(model, "dataset.json"));
		change(dataset);
		writeFileSync(join(model, "dataset.json"), JSON.stringify(dataset));
		return model;
	};
	return { name, make, expect };
}

const datasets: readonly HostileModel[] = [
	withDataset("labels that are none", (d) => Object.assign(d, { labels: 7 }), /dataset\.json: labels/),
	withDataset("labels without background", (d) => Object.assign(d, { labels: { a: 1, b: 2 } }), /background/),
	withDataset("labels with a hole", (d) => Object.assign(d, { labels: { background: 0, a: 1, b: 7 } }), /without gaps/),
	withDataset("a label of 10^9", (d) => Object.assign(d, { labels: { background: 0, a: 1e9 } }), /1000000000/),
	withDataset("a negative label", (d) => Object.assign(d, { labels: { background: 0, a: -1 } }), /labels/),
	withDataset("a label of half", (d) => Object.assign(d, { labels: { background: 0, a: 0.5 } }), /labels/),
	withDataset(
		"more labels than the network has heads",
		(d) => Object.assign(d, { labels: { background: 0, a: 1, b: 2, c: 3 } }),
		/head|shape|seg_layers|label/,
	),
	withDataset(
		"regions without their order",
		(d) => Object.assign(d, { labels: { background: 0, a: [1, 2], b: 2 } }),
		/regions_class_order/,
	),
	withDataset(
		"regions in an order of others",
		(d) => Object.assign(d, { labels: { background: 0, a: [1, 2], b: 2 }, regions_class_order: [1] }),
		/regions_class_order/,
	),
	withDataset("no channels", (d) => Object.assign(d, { channel_names: {} }), /channel/),
	withDataset("channels from 1", (d) => Object.assign(d, { channel_names: { 1: "x" } }), /channel/),
	withDataset(
		"a thousand channels",
		(d) => Object.assign(d, { channel_names: Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [n, "x"])) }),
		/channel|normalization/,
	),
	withDataset("no ending", (d) => Object.assign(d, { file_ending: undefined }), /file_ending/),
	withDataset("a data set that is a list", (d) => Object.assign(d, { labels: [] }), /labels/),
];

const plans: readonly HostileModel[] = [
	withPlans("no configurations", (_, p) => Object.assign(p, { configurations: {} }), /has no configuration "residual"/),
	withPlans("configurations that are a list", (_, p) => Object.assign(p, { configurations: [1] }), /configurations/),
	withPlans("an inheritance in a circle", (c) => Object.assign(c, { inherits_from: "residual" }), /circle/),
	withPlans(
		"an inheritance from nothing",
		(c) => Object.assign(c, { inherits_from: "gone" }),
		/no configuration "gone"/,
	),
	withPlans(
		"an inheritance from every object",
		(c) => Object.assign(c, { inherits_from: "constructor" }),
		/no configuration "constructor"/,
	),
	withPlans("a patch of 10^9", (c) => Object.assign(c, { patch_size: [1e9, 1e9] }), /patch|memory|divi/),
	withPlans("a patch of 10^300", (c) => Object.assign(c, { patch_size: [1e300, 16] }), /patch_size/),
	withPlans("a patch of nothing", (c) => Object.assign(c, { patch_size: [0, 16] }), /patch_size/),
	withPlans(
		"a patch of five axes",
		(c) => Object.assign(c, { patch_size: [4, 4, 4, 4, 4] }),
		/patch|axes|dimension|spacing/,
	),
	withPlans("a spacing of 0", (c) => Object.assign(c, { spacing: [0, 1] }), /spacing/),
	withPlans("a spacing of one number", (c) => Object.assign(c, { spacing: [1] }), /spacing/),
	withPlans(
		"a transposition that is none",
		(_, p) => Object.assign(p, { transpose_forward: [0, 0, 0] }),
		/transpose_forward/,
	),
	withPlans(
		"a reader of one's own",
		(_, p) => Object.assign(p, { image_reader_writer: "os.system" }),
		/os\.system|"system"/,
	),
	withPlans("a preprocessor of one's own", (c) => Object.assign(c, { preprocessor_name: "Evil" }), /Evil/),
	withPlans("a normalisation of one's own", (c) => Object.assign(c, { normalization_schemes: ["Evil"] }), /Evil/),
	withPlans("normalisations for no channel", (c) => Object.assign(c, { normalization_schemes: [] }), /normalization/),
	withPlans(
		"CT without intensities",
		(c) => Object.assign(c, { normalization_schemes: ["CTNormalization"] }),
		/intensit/,
	),
	withPlans(
		"a network of one's own",
		(c) => Object.assign(within(c, "architecture"), { network_class_name: "os.system" }),
		/os\.system/,
	),
	withPlans("a billion stages", (c) => Object.assign(architecture(c), { n_stages: 1e9 }), /stage/),
	withPlans(
		"a billion features",
		(c) => Object.assign(architecture(c), { features_per_stage: [1e9, 1e9, 1e9] }),
		/model\.pth|shape|features/,
	),
	withPlans(
		"a billion blocks",
		(c) => Object.assign(architecture(c), { n_blocks_per_stage: [1e9, 1, 1] }),
		/blocks|1000000000|large|encoder/,
	),
	withPlans(
		"kernels of 10^6",
		(c) =>
			Object.assign(architecture(c), {
				kernel_sizes: [
					[1000001, 3],
					[3, 3],
					[3, 3],
				],
			}),
		/kernel|shape/,
	),
	withPlans(
		"strides of nothing",
		(c) =>
			Object.assign(architecture(c), {
				strides: [
					[0, 0],
					[2, 2],
					[2, 2],
				],
			}),
		/strides/,
	),
	withPlans(
		"strides that the patch does not take",
		(c) =>
			Object.assign(architecture(c), {
				strides: [
					[7, 7],
					[7, 7],
					[7, 7],
				],
			}),
		/do plans and checkpoint belong together/,
	),
	withPlans("an activation of one's own", (c) => Object.assign(architecture(c), { nonlin: "builtins.eval" }), /eval/),
	withPlans("a resampling of one's own", (c) => Object.assign(c, { resampling_fn_data: "os.system" }), /os\.system/),
	withPlans("a resampling of order 99", (c) => Object.assign(c, { resampling_fn_data_kwargs: { order: 99 } }), /order/),
	withPlans(
		"a resampling of no order",
		(c) => Object.assign(c, { resampling_fn_data_kwargs: { order: "three" } }),
		/order/,
	),
	withPlans(
		"a resampling with words of its own",
		(c) => Object.assign(c, { resampling_fn_probabilities_kwargs: { evil: 1 } }),
		/evil/,
	),
	withPlans(
		"a resampling whose words are a list",
		(c) => Object.assign(c, { resampling_fn_data_kwargs: [1, 2] }),
		/resampling_fn_data_kwargs/,
	),
	withPlans("a cascade without its first stage", (c) => Object.assign(c, { previous_stage: "gone" }), /gone|previous/),
	withPlans(
		"a cascade of itself",
		(c) => Object.assign(c, { previous_stage: "residual" }),
		/previous|stage|shape|residual/,
	),
	withPlans("a cascade after two stages", (c) => Object.assign(c, { previous_stage: ["a", "b"] }), /previous_stage/),
	withPlans(
		"old plans without poolings",
		(c) => Object.assign(c, { pool_op_kernel_sizes: undefined }),
		/strides|pool/,
		"plain_old",
	),
	withPlans(
		"old plans of no features",
		(c) => Object.assign(c, { UNet_base_num_features: 0 }),
		/UNet_base_num_features/,
		"plain_old",
	),
	withPlans(
		"old plans of 2^50 features",
		(c) => Object.assign(c, { UNet_base_num_features: 2 ** 50, unet_max_num_features: 2 ** 52 }),
		/shape|features/,
		"plain_old",
	),
	withPlans("old plans of another network", (c) => Object.assign(c, { UNet_class_name: "Evil" }), /Evil/, "plain_old"),
	withPlans(
		"old plans with too few convolutions",
		(c) => Object.assign(c, { n_conv_per_stage_encoder: [2] }),
		/kernel_sizes|strides|stages|n_conv/,
		"plain_old",
	),
	withPlans(
		"old plans with a billion convolutions",
		(c) => Object.assign(c, { n_conv_per_stage_decoder: [1e9, 2] }),
		/n_conv|1000000000|decoder|large/,
		"plain_old",
	),
];

/** Text in place of a file's, and other things that are no file. */
const FILES: readonly (readonly [what: string, write: (path: string) => unknown, expect: RegExp])[] = [
	["empty", (path) => writeFileSync(path, ""), /not valid JSON \(an empty file\)/],
	["cut in the middle", (path) => writeFileSync(path, readFileSync(path).subarray(0, 40)), /not valid JSON/],
	["a list", (path) => writeFileSync(path, "[]"), /json: /],
	["null", (path) => writeFileSync(path, "null"), /json: /],
	["100000 brackets deep", (path) => writeFileSync(path, "[".repeat(1e5)), /not valid JSON/],
	["no text", (path) => writeFileSync(path, Buffer.alloc(1000, 0xff)), /not valid JSON/],
	["a folder", (path) => mkdirSync(path), /missing|folder/],
	["a pipe", (path) => execFileSync("mkfifo", [path]), /missing|pipe/],
];

const files: readonly HostileModel[] = ["dataset.json", "plans.json"].flatMap((name) =>
	FILES.map(([what, write, expect]) => ({
		name: `a ${name} that is ${what}`,
		make: (folder: string): string => {
			const model = good(folder, "residual");
			const path = join(model, name);
			const isText = !/folder|pipe/.test(what);
			if (!isText) rmSync(path);
			write(path);
			return model;
		},
		expect,
	})),
);

const PLACE = "Dataset004_X/nnUNetTrainer__nnUNetPlans__2d";

/** A zip of a good trained model, whose members or bytes are changed. */
function zipped(
	name: string,
	expect: RegExp,
	change: (members: Member[]) => Member[],
	cut: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes,
): HostileModel {
	const make = (folder: string): string => {
		const members = membersOf(writeResults(join(folder, "results"), [PLACE]));
		writeFileSync(join(folder, "m.zip"), cut(zipOf(change(members))));
		return join(folder, "m.zip");
	};
	return { name, make, expect };
}

const same = (members: Member[]): Member[] => members;
const first = (change: (member: Member) => Partial<Member>) => (members: Member[]) =>
	members.map((member, n) => (n === 0 ? { ...member, ...change(member) } : member));

const zips: readonly HostileModel[] = [
	...[0, 0.01, 0.3, 0.7, 0.99, 0.9999].map((part) =>
		zipped(`a model zip of which ${part * 100} % are there`, /m\.zip/, same, (bytes) =>
			bytes.subarray(0, Math.floor(bytes.length * part)),
		),
	),
	zipped("a model zip with a changed byte", /m\.zip: .*(damaged|unpack)/, same, (bytes) =>
		bytes.map((byte, i) => (i === 200 ? byte ^ 255 : byte)),
	),
	zipped("a model zip of nothing", /m\.zip/, () => []),
	zipped("a model zip of other files", /m\.zip/, () => [{ name: "readme.txt", data: "x" }]),
	zipped("a model zip without plans", /plans\.json|m\.zip/, (all) =>
		all.filter(({ name }) => !name.endsWith("plans.json")),
	),
	zipped("a model zip that climbs out", /m\.zip/, (all) => [...all, { name: "../nnvol-was-here", data: "x" }]),
	zipped("a model zip that writes to the root", /m\.zip/, (all) => [
		...all,
		{ name: "/tmp/nnvol-was-here", data: "x" },
	]),
	zipped("a model zip with a link", /m\.zip/, (all) => [
		...all,
		{ name: `${PLACE}/fold_1`, data: "/etc", mode: 0o120777 },
	]),
	zipped("a model zip with one name twice", /m\.zip: holds two members/, (all) => [...all, ...all.slice(0, 1)]),
	zipped(
		"a model zip that claims a terabyte",
		/m\.zip/,
		first(() => ({ size: 2 ** 32 - 2 })),
	),
	zipped(
		"a model zip with a password",
		/m\.zip: .*encrypted/,
		first(() => ({ flags: 1 })),
	),
	zipped(
		"a model zip packed by an unknown method",
		/m\.zip: .*method 99/,
		first(() => ({ method: 99 })),
	),
	zipped(
		"a model zip with a wrong checksum",
		/m\.zip: .*(CRC|checksum)/,
		first(() => ({ crc: 1 })),
	),
	zipped("a model zip bomb", /m\.zip .*would unpack to .*more than/, (all) => [
		...all,
		{ name: `${PLACE}/fold_0/zeros.bin`, data: Buffer.alloc(600 << 20), deflate: true },
	]),
];

/** All of them. */
export const HOSTILE_MODELS: readonly HostileModel[] = [...datasets, ...plans, ...files, ...zips];

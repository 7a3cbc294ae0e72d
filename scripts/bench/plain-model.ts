/**
 * Model folders of nnU-Net's plain U-Nets with random weights: `plans.json`, `dataset.json` and, without any Python, a
 * checkpoint in torch's format. One channel, two labels, instance norm.
 *
 * @module
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { sizeOf } from "../../src/core/shape.ts";
import { readDataset } from "../../src/model/dataset.ts";
import { parametersOf } from "../../src/model/parameters.ts";
import { parseModel } from "../../src/model/parse.ts";
import { readPlans } from "../../src/model/plans.ts";
import { dict, int, pickle, storage, tensor, text, tup } from "../../test/checkpoint/pickle-writer.ts";
import { type Member, zipOf } from "../../test/checkpoint/zip-writer.ts";

/** What a network is like; the patch has as many axes as the network. */
export type PlainNetwork = {
	readonly patch: readonly number[];
	/** Of each stage. */
	readonly features: readonly number[];
	/** Convolutions of each stage. Default 2. */
	readonly convs?: number;
	/** The last stage's stride; the others' is 2. Default 2 along each axis. */
	readonly last?: readonly number[];
};

/** nnU-Net's default networks for these patches: 33.5 and 30.8 million parameters. */
export const DEFAULT_NETWORKS: Readonly<Record<"2d" | "3d", PlainNetwork>> = {
	"2d": { patch: [384, 512], features: [32, 64, 128, 256, 512, 512, 512], last: [2, 2] },
	"3d": { patch: [64, 128, 128], features: [32, 64, 128, 256, 320, 320], last: [1, 2, 2] },
};

const CONFIGURATION = "bench";
const TRAINER = "nnUNetTrainer";

/** Writes `plans.json` and `dataset.json` into `folder`, which is made. */
export async function writePlainPlans(folder: string, network: PlainNetwork): Promise<void> {
	const { patch, features, convs = 2, last } = network;
	const each = (value: number) => patch.map(() => value);
	const strides = features.map((_, stage) => each(stage === 0 ? 1 : 2));
	if (last !== undefined) strides[strides.length - 1] = [...last];
	const kwargs = {
		n_stages: features.length,
		features_per_stage: features,
		conv_op: `torch.nn.modules.conv.Conv${patch.length}d`,
		kernel_sizes: features.map(() => each(3)),
		strides,
		n_conv_per_stage: features.map(() => convs),
		n_conv_per_stage_decoder: features.slice(1).map(() => convs),
		conv_bias: true,
		norm_op: `torch.nn.modules.instancenorm.InstanceNorm${patch.length}d`,
		norm_op_kwargs: { eps: 1e-5, affine: true },
		dropout_op: null,
		dropout_op_kwargs: null,
		nonlin: "torch.nn.LeakyReLU",
		nonlin_kwargs: { inplace: true },
	};
	const architecture = {
		network_class_name: "dynamic_network_architectures.architectures.unet.PlainConvUNet",
		arch_kwargs: kwargs,
		_kw_requires_import: ["conv_op", "norm_op", "dropout_op", "nonlin"],
	};
	const resampling = { is_seg: false, order: 1, order_z: 0, force_separate_z: null };
	const bench = {
		patch_size: patch,
		spacing: each(1),
		normalization_schemes: ["ZScoreNormalization"],
		architecture,
		resampling_fn_probabilities_kwargs: resampling,
	};
	const plans = {
		image_reader_writer: "Tiff3DIO",
		transpose_forward: [0, 1, 2],
		transpose_backward: [0, 1, 2],
		configurations: { [CONFIGURATION]: bench },
	};
	const dataset = { channel_names: { 0: "EM" }, labels: { background: 0, a: 1 }, file_ending: ".tif" };
	await mkdir(folder, { recursive: true });
	await writeFile(join(folder, "plans.json"), JSON.stringify(plans));
	await writeFile(join(folder, "dataset.json"), JSON.stringify(dataset));
}

/** Writes the whole model, its weights the same each time; gives the number of its parameters. */
export async function writePlainModel(folder: string, network: PlainNetwork): Promise<number> {
	await writePlainPlans(folder, network);
	const mirrorAxes = network.patch.map((_, axis) => axis);
	const facts = { trainer: TRAINER, configuration: CONFIGURATION, mirrorAxes };
	const plans = await readPlans(join(folder, "plans.json"));
	const { architecture } = parseModel(plans, await readDataset(join(folder, "dataset.json")), facts);
	const random = uniform(1);
	const tensors = parametersOf(architecture).map(({ name: parameter, shape }) => ({
		parameter,
		shape,
		values: valuesOf(parameter, shape, random),
	}));
	const weights = tensors.map(({ parameter, shape }, n) => [parameter, reference(shape, n)] as const);
	const root = pickle(
		dict({
			network_weights: dict(Object.fromEntries(weights)),
			trainer_name: text(TRAINER),
			init_args: dict({ configuration: text(CONFIGURATION) }),
			inference_allowed_mirroring_axes: tup(...mirrorAxes.map(int)),
		}),
	);
	const data = tensors.map(({ values }, n): Member => ({ name: `m/data/${n}`, data: new Uint8Array(values.buffer) }));
	const members = [{ name: "m/data.pkl", data: root }, { name: "m/byteorder", data: "little" }, ...data];
	await mkdir(join(folder, "fold_0"), { recursive: true });
	await writeFile(join(folder, "fold_0", "checkpoint_final.pth"), zipOf(members));
	return tensors.reduce((sum, { values }) => sum + values.length, 0);
}

/** A tensor of `shape` that has storage `n` for itself. */
function reference(shape: readonly number[], n: number): Uint8Array {
	const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
	const own = storage("FloatStorage", text(String(n)), int(sizeOf(shape)));
	return tensor(own, int(0), tup(...shape.map(int)), tup(...strides.map(int)));
}

/** Convolutions keep the variance of what they get; norms scale by one; biases are none. */
function valuesOf(parameter: string, shape: readonly number[], random: () => number): Float32Array<ArrayBuffer> {
	const values = new Float32Array(sizeOf(shape));
	if (parameter.endsWith(".bias")) return values;
	if (shape.length === 1) return values.fill(1);
	const bound = Math.sqrt(6 / sizeOf(shape.slice(1)));
	return values.map(() => bound * random());
}

/** Numbers between -1 and 1, the same for one seed (Marsaglia's xorshift). */
function uniform(seed: number): () => number {
	let state = seed;
	return () => {
		state ^= state << 13;
		state ^= state >>> 17;
		state ^= state << 5;
		return state / 2 ** 31;
	};
}

/**
 * What `inference.data.outputs` asks for, and how `inference.data` lays it out.
 *
 * @module
 */
import { readDecoding } from "../config/decoding/decoding.ts";
import type { Config } from "../config/schema.ts";
import { NnvolError } from "../core/errors.ts";
import { headsOf } from "../export/labels.ts";
import type { ModelSpec } from "../model/spec.ts";
import type { Layout } from "../volume/volume.ts";
import type { Disagreement, Product, Settings } from "./settings.ts";

/**
 * The products, each of another kind, with what was left out filled in; undefined where the configuration leaves them to
 * the other keys.
 *
 * @throws CONFIG where a channel is none of the model's, or other keys say what is written as well
 */
export function productsOf({ inference }: Config, spec: ModelSpec): readonly Product[] | undefined {
	const { outputs } = inference.data;
	if (outputs === null) return undefined;
	requireAlone(inference);
	const heads = headsOf(spec.labels);
	return outputs.map((product): Product => {
		if (product.kind === "labels") return { kind: "labels" };
		const dtype = ("dtype" in product ? product.dtype : undefined) ?? "float32";
		if (product.kind === "uncertainty") return uncertaintyOf(product, dtype);
		const given = "channels" in product ? product.channels : undefined;
		const channels = given ?? Array.from({ length: heads }, (_, n) => n);
		const beyond = channels.find((channel) => channel >= heads);
		if (beyond === undefined) return { kind: "probabilities", channels, dtype };
		throw new NnvolError(
			"CONFIG",
			`inference.data.outputs names channel ${beyond}; the model has ${heads}, 0 to ${heads - 1}`,
		);
	});
}

/** Entropy is what is meant where nothing is said, and is not said then. */
function uncertaintyOf(product: object, dtype: "float32" | "float16" | "uint8"): Product {
	const measure = "measure" in product ? DISAGREEMENTS.find((known) => known === product.measure) : undefined;
	return measure === undefined ? { kind: "uncertainty", dtype } : { kind: "uncertainty", measure, dtype };
}

/** In the order in which they are carried beside the network's channels. */
const DISAGREEMENTS = ["variance", "mutual_information"] as const satisfies readonly Disagreement[];

/** What is carried beside the network's channels: the measures of disagreement that are written. */
export function disagreementsOf({ outputs = [] }: Pick<Settings, "outputs">): readonly Disagreement[] {
	return DISAGREEMENTS.filter((measure) =>
		outputs.some((product) => product.kind === "uncertainty" && product.measure === measure),
	);
}

/** @throws CONFIG where disagreement is asked of a single prediction: it would be zero everywhere */
export function requireMembers(settings: Pick<Settings, "outputs" | "views">, folds: number): void {
	const [measure] = disagreementsOf(settings);
	if (measure === undefined || settings.views.length > 1 || folds > 1) return;
	throw new NnvolError(
		"CONFIG",
		`inference.data.outputs asks for uncertainty by ${measure}, which is how much mirrored views and folds differ, and there is one view and one fold: mirror (inference.test_time_augmentation.flip_axes), name several folds (--folds), or take measure: entropy`,
		{ fields: { measure } },
	);
}

/** @throws CONFIG where keys of another place decide what is written too */
function requireAlone({ test_time_augmentation: views, postprocessing: post }: Config["inference"]): void {
	const others: readonly (readonly [boolean, string])[] = [
		[views.select_channel !== null, "inference.test_time_augmentation.select_channel"],
		[post.binary.enabled, "inference.postprocessing.binary.enabled"],
		[decodes(post.decoding), "inference.postprocessing.decoding"],
		[post.intensity_scale !== null, "inference.postprocessing.intensity_scale"],
		[post.intensity_dtype !== null, "inference.postprocessing.intensity_dtype"],
	];
	const set = others.filter(([isSet]) => isSet).map(([, key]) => key);
	if (set.length === 0) return;
	throw new NnvolError(
		"CONFIG",
		`inference.data.outputs and ${set.join(", ")} both say what is written; keep one of them`,
	);
}

/** How chunked outputs are laid out, as far as `config` says it; extents are z, y, x. */
export function layoutOf({ inference }: Config): Layout {
	const { chunks, shards, compression, zarr_format: zarrFormat } = inference.data;
	return {
		...(chunks === null ? {} : { chunks }),
		...(shards === null ? {} : { shards }),
		...(compression === null ? {} : { compression }),
		...(zarrFormat === null ? {} : { zarrFormat }),
	};
}

function decodes(written: Config["inference"]["postprocessing"]["decoding"]): boolean {
	return readDecoding(written).decoding.nodes.length > 0;
}

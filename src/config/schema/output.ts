/**
 * Section `inference.data`: inputs and outputs, what is written, and how chunked formats lay it out.
 *
 * @module
 */
import { z } from "zod";
import { field } from "./field.ts";
import { count, extents, paths, text } from "./values.ts";

/** Element types that values between 0 and 1 can be kept in; uint8 holds 255 steps. */
const fraction = z.literal(["float32", "float16", "uint8"]);

const channels = z
	.union([count.transform((channel) => [channel]), z.array(count).min(1)])
	.refine((list) => new Set(list).size === list.length);

/** How unsure: of its probabilities, or how much mirrored views and folds differ. */
const measure = z.literal(["entropy", "variance", "mutual_information"]);

/** A word stands for the product with nothing else said of it. */
const product = z.union([
	z.literal("labels").transform(() => ({ kind: "labels" as const })),
	z.literal("probabilities").transform(() => ({ kind: "probabilities" as const })),
	z.literal("uncertainty").transform(() => ({ kind: "uncertainty" as const })),
	z.strictObject({ kind: z.literal("labels") }),
	z.strictObject({ kind: z.literal("probabilities"), channels: channels.optional(), dtype: fraction.optional() }),
	z.strictObject({ kind: z.literal("uncertainty"), measure: measure.optional(), dtype: fraction.optional() }),
]);

/** What would be written twice: a kind, of uncertainties a measure. */
function nameOf(one: z.infer<typeof product>): string {
	if (one.kind !== "uncertainty") return one.kind;
	return `uncertainty (${"measure" in one ? (one.measure ?? "entropy") : "entropy"})`;
}

const products = z
	.array(product)
	.min(1)
	.superRefine((list, context) => {
		const names = list.map(nameOf);
		const twice = names.find((name, n) => names.indexOf(name) !== n);
		if (twice === undefined) return;
		context.addIssue({
			code: "custom",
			message: `${twice} would be written twice; keep one entry (several channels go into one: channels: [0, 1])`,
			params: { own: true },
		});
	});

/** Names of formats, as people know them: by their endings. */
const format = z.union([
	z.literal(["h5", "zarr", "n5", "precomputed", "tiff", "png", "nii.gz", "nii", "nrrd", "mha"]),
	z.literal("nifti").transform(() => "nii.gz" as const),
]);

/** Inputs and outputs. */
export const dataSchema = z
	.strictObject({
		input_path: field(paths, null, {
			text: "Inputs of `infer`: a file, a folder, a glob, or a list of these.",
			expects: "a path, a glob, or a list of them",
			shown: "none",
			isText: true,
		}),
		output_format: field(format, "h5", {
			text: "Format of the outputs; HDF5 has the data set `main`, `nifti` is `nii.gz`, `precomputed` is Neuroglancer's.",
			expects: "h5, zarr, n5, precomputed, tiff, png, nii.gz, nii, nrrd or mha",
			isText: true,
		}),
		output_path: field(text.nullable(), null, {
			text: "Folder of the outputs, created if missing. Records, reports and the resolved configuration go to `.nnvol/` in it.",
			expects: "the path of a folder",
			shown: "required",
			isText: true,
			example: "out/mito",
		}),
		outputs: field(products.nullable(), null, {
			text: "What is written, several at once: `labels`, `probabilities`, `uncertainty`, or `{kind, channels, dtype}` with some of the channels, kept as float32, float16 or uint8 (255 steps). Uncertainty is the `entropy` of the probabilities, or with `measure` the `variance` or `mutual_information` of mirrored views and folds.",
			expects:
				"a list of labels, probabilities, uncertainty, {kind: probabilities, channels: [1], dtype: float32, float16 or uint8}, or {kind: uncertainty, measure: entropy, variance or mutual_information, dtype}, or null",
			shown: "labels, or what `select_channel` and `postprocessing` make",
			changesResult: true,
			example: "[labels, {kind: probabilities, channels: [1], dtype: uint8}]",
		}),
		chunks: field(extents.nullable(), null, {
			text: "Extents of a chunk of chunked outputs, [z, y, x].",
			expects: "three whole numbers of 1 or more: [z, y, x], or null",
			shown: "by the format",
		}),
		shards: field(extents.nullable(), null, {
			text: "Extents of a shard, which holds several chunks in one file: multiples of `chunks`, [z, y, x]. Zarr version 3 and precomputed have shards.",
			expects: "three whole numbers of 1 or more: [z, y, x], or null",
			shown: "by the format",
		}),
		compression: field(
			z.literal(["none", "gzip", "zstd", "blosc", "lz4", "compressed_segmentation"]).nullable(),
			null,
			{
				text: "How chunks are packed.",
				expects: "none, gzip, zstd, blosc, lz4 or compressed_segmentation, or null",
				shown: "by the format",
				isText: true,
			},
		),
		zarr_format: field(z.literal([2, 3]).nullable(), null, {
			text: "Version of Zarr outputs.",
			expects: "2 or 3, or null",
			shown: "3",
		}),
		pyramid: field(z.union([z.boolean(), z.int().min(1).max(16)]), false, {
			text: "Coarser scales of the outputs, each half of the one before: so many, or with `true` until the longest axis has 256 voxels at most. Labels and objects take the value that most voxels have, others the mean. Zarr outputs are OME-Zarr images then; precomputed has scales too. Volumes are streamed.",
			expects: "true, false, or how many (1 to 16)",
			shown: "none",
			changesResult: true,
		}),
	})
	.prefault({})
	.describe("Inputs and outputs.");

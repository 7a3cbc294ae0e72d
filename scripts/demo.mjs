/**
 * `npm run demo`: segments mitochondria in the example's micrographs and paints what was found.
 *
 * Installs and builds what is missing, then runs the real command with the tutorial's configuration. On other images, with
 * another model: `npm run demo -- --images FOLDER --model MODEL [--labels FOLDER] [--output FOLDER]`. With `--objects` each
 * mitochondrion has a number and a colour of its own.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { fail, ROOT, ready } from "./ready.mjs";

const EXAMPLE = join("examples", "mito");
const CONFIG = join("tutorials", "nnunet_mito_inference.yaml");

const started = Date.now();
const options = readOptions();
ready();
process.chdir(ROOT);
const { paint } = await import("./demo/paint.mjs");

predict();
const painted = await paint(results(), { folder: options.output, labels: options.labels });
console.log("");
for (const { id, text } of painted.images)
	console.log(`${id.padEnd(Math.max(...painted.images.map((one) => one.id.length)))}  ${text}`);
console.log(
	`\nPictures (${options.objects ? "each mitochondrion in a colour" : "orange: mitochondria found"}${options.labels === undefined ? "" : "; blue line: the true outline"}):`,
);
for (const path of [...painted.images.map((image) => image.path), painted.montage]) console.log(`  ${path}`);
console.log(`\nDone in ${((Date.now() - started) / 1000).toFixed(1)} s`);

function readOptions() {
	try {
		const { images, model, labels, output, objects } = parseArgs({
			options: {
				objects: { type: "boolean", default: false },
				images: { type: "string" },
				model: { type: "string" },
				labels: { type: "string" },
				output: { type: "string" },
			},
		}).values;
		const isExample = images === undefined;
		return {
			images: images === undefined ? join(EXAMPLE, "images", "*.png") : patternOf(images),
			model: model ?? join(EXAMPLE, "checkpoints", "mito_semantic_2d.pth"),
			labels: labels ?? (isExample ? join(EXAMPLE, "labels") : undefined),
			output:
				output ?? join("out", `demo${isExample ? "" : `-${basename(resolve(images))}`}${objects ? "-objects" : ""}`),
			objects,
		};
	} catch (error) {
		return fail(
			`${error.message}\nUsage: npm run demo -- [--images FOLDER] [--model MODEL] [--labels FOLDER] [--output FOLDER] [--objects]`,
		);
	}
}

/** The PNG files of a folder; a file or a pattern as it is. */
function patternOf(images) {
	const path = resolve(ROOT, images);
	return existsSync(path) && statSync(path).isDirectory() ? join(relative(ROOT, path), "*.png") : images;
}

/** Runs the command as a user would; what it wrote before is made anew. */
function predict() {
	const args = ["--config", CONFIG, "--mode", "infer-volume", "--checkpoint", options.model, "--overwrite"];
	const decoding = "inference.postprocessing.decoding=[{name: decode_binary_watershed, kwargs: {min_seed_size: 50}}]";
	const overrides = [
		`vars.input=${options.images}`,
		`vars.output=${options.output}`,
		...(options.objects ? [decoding] : []),
	];
	console.log(
		`$ nnvol ${[...args, ...overrides].map((arg) => (/[\s*?{}[\]]/.test(arg) ? `'${arg}'` : arg)).join(" ")}`,
	);
	const command = join("dist", "cli", "main.js");
	const { status } = spawnSync(process.execPath, [command, ...args, ...overrides], {
		stdio: ["ignore", "inherit", "inherit"],
	});
	if (status !== 0) fail(`The command ended with exit code ${status ?? "none"}; what went wrong is told above.`);
}

/** The cases of the run's own report. */
function results() {
	const report = JSON.parse(readFileSync(join(options.output, ".nnvol", "report.json"), "utf8"));
	return report.cases.map(({ id, inputs, output }) => ({ id, image: inputs[0], output }));
}

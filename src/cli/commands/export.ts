/**
 * `nnvol export MODEL FILE.onnx [--deep-supervision]`.
 *
 * @module
 */
import { NnvolError } from "../../core/errors.ts";
import { exportOnnx } from "../../graph/export-file.ts";
import { loadModel } from "../../model/load.ts";
import { findModel } from "../../model/locate.ts";
import type { ModelReference } from "../../model/reference.ts";
import { parseFolds } from "../arguments.ts";

/** Options of `export`. */
export type ExportFlags = { readonly deepSupervision?: boolean; readonly folds?: string };

/** Writes one fold's network. */
export async function runExport(reference: ModelReference, file: string, flags: ExportFlags): Promise<number> {
	if (!file.toLowerCase().endsWith(".onnx"))
		throw new NnvolError("CONFIG", `${file}: expected a file name ending in .onnx`);
	const model = await loadModel(await findModel(reference, { folds: parseFolds(flags.folds) }));
	const [fold, ...others] = model.folds;
	if (fold === undefined || others.length > 0) {
		throw new NnvolError(
			"CONFIG",
			`the model has folds ${model.folds.map(({ name }) => name).join(", ")}; say which to write by --folds N`,
		);
	}
	const { spec } = model;
	const written = await exportOnnx(file, spec.architecture, await fold.weights(), {
		patch: spec.patch,
		deepSupervision: flags.deepSupervision === true,
	});
	process.stdout.write(`${written.join("\n")}\n`);
	return 0;
}

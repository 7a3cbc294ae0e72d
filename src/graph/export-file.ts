/**
 * The network as an ONNX file for other programs.
 *
 * @module
 */
import { rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { writeDurably } from "../core/atomic-file.ts";
import { errorText, NnvolError } from "../core/errors.ts";
import type { Architecture, Weights } from "../model/spec.ts";
import { type EmitOptions, type EmittedGraph, emitGraph } from "./emit.ts";
import { type ExternalTensor, encodeModel } from "./onnx-proto.ts";

/** Weights up to this size go into the ONNX file itself, larger ones into files beside it. */
const EMBEDDED = 256 * 2 ** 20;

/** How an ONNX file is written. */
export type ExportOptions = Omit<EmitOptions, "location"> & {
	/** Largest size in bytes of weights that are written into the file itself. Default 256 MiB. */
	readonly embed?: number;
};

/**
 * Writes the network to `path`, and weights too large for it to `path.data` (`path.1.data`, ...) beside it. Each file
 * is written beside and renamed, the graph last. Gives the paths written.
 * @throws GRAPH where the network cannot be emitted or a file cannot be written; nothing is left behind then
 */
export async function exportOnnx(
	path: string,
	net: Architecture,
	weights: Weights,
	options: ExportOptions = {},
): Promise<string[]> {
	const emitted = emitGraph(net, weights, { ...options, location: basename(path) });
	const files = filesOf(path, emitted, options.embed ?? EMBEDDED);
	const written: string[] = [];
	try {
		for (const file of files) {
			written.push(temporary(file.path));
			await writeDurably(temporary(file.path), file.data);
		}
		for (const file of files) await rename(temporary(file.path), file.path);
	} catch (error) {
		for (const file of written) await rm(file, { force: true });
		throw new NnvolError("GRAPH", `${path} cannot be written: ${errorText(error)}`, { cause: error, fields: { path } });
	}
	return files.map((file) => file.path).reverse();
}

/** The files in the order of their renaming: weights, then the graph that names them. */
function filesOf(path: string, { graph, files }: EmittedGraph, embed: number): { path: string; data: Uint8Array }[] {
	const size = files.reduce((sum, { data }) => sum + data.length, 0);
	if (size > embed) {
		const weights = files.map((file) => ({ path: join(dirname(path), file.path), data: file.data }));
		return [...weights, { path, data: encodeModel(graph) }];
	}
	const blocks = new Map(files.map((file) => [file.path, file.data]));
	const bytes = ({ location, offset, length }: ExternalTensor) =>
		blocks.get(location)?.subarray(offset, offset + length) ?? new Uint8Array(0);
	return [{ path, data: encodeModel(graph, bytes) }];
}

const temporary = (path: string): string => `${path}.${process.pid}.partial`;

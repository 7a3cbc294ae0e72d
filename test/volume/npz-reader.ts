/**
 * Reads a small .npz whole, to compare what was written.
 *
 * @module
 */
import { openZip } from "../../src/checkpoint/zip.ts";
import { type NdArray, ndarray } from "../../src/core/array.ts";
import { viewAs } from "../../src/core/dtype.ts";
import { volumeError } from "../../src/volume/fault.ts";
import { parseNpyHeader } from "../../src/volume/npz/npy.ts";

/** Every array of a .npz by its name, C-ordered. @throws VOLUME */
export async function readNpz(path: string): Promise<Readonly<Record<string, NdArray>>> {
	const zip = await openZip(path, { code: "VOLUME" });
	try {
		const arrays: Record<string, NdArray> = {};
		for (const name of zip.names()) {
			const bytes = await zip.read(name);
			const header = parseNpyHeader(bytes) ?? "it is cut off";
			if (typeof header === "string" || header.fortran) throw volumeError(path, `${name}: ${header}`);
			const data = viewAs(header.dtype, bytes.slice(header.start));
			arrays[name.replace(/\.npy$/, "")] = ndarray(header.dtype, header.shape, data);
		}
		return arrays;
	} finally {
		await zip.close();
	}
}

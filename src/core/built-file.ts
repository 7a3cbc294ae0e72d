/**
 * Files of the built package: threads and kernels run what is built, also where the module that asks for them runs from source.
 *
 * @module
 */

/** Where the file at `path`, below the folder of what is built, lies. */
export function builtFile(path: string): URL {
	return new URL(import.meta.url.endsWith(".ts") ? `../../dist/${path}` : `../${path}`, import.meta.url);
}

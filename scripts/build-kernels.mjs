/**
 * Compiles `kernels/` to `dist/image/kernels.wasm`, or below another folder than `dist`: `npm run build`.
 *
 * @module
 */
import { mkdir, rename } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

const folder = resolve(process.argv[2] ?? fileURLToPath(new URL("../dist", import.meta.url)), "image");
process.chdir(fileURLToPath(new URL("..", import.meta.url)));
await mkdir(folder, { recursive: true });
const beside = join(folder, `kernels.${process.pid}.wasm`);
const { error, stderr } = await asc.main([
	"kernels/index.ts",
	"--outFile",
	beside,
	"-O3",
	"--noAssert",
	"--enable",
	"simd",
	"--runtime",
	"stub",
	"--importMemory",
]);
if (error !== null) {
	process.stderr.write(stderr.toString());
	process.exit(1);
}
await rename(beside, join(folder, "kernels.wasm")); // whoever loads it meets a whole one

/**
 * `nnvol setup-gpu`: runs ONNX Runtime's own installer of its CUDA and TensorRT parts, which nnvol never runs unasked.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { NnvolError } from "../../core/errors.ts";

/** Fetches the parts. @throws RUNTIME where the platform has none or the download fails */
export async function runSetupGpu(): Promise<number> {
	if (process.platform !== "linux" || process.arch !== "x64") {
		throw new NnvolError(
			"RUNTIME",
			`the CUDA parts of ONNX Runtime exist for Linux on x64; this is ${process.platform} on ${process.arch}`,
		);
	}
	const require = createRequire(import.meta.url);
	const script = join(dirname(require.resolve("onnxruntime-node/package.json")), "script", "install.js");
	process.stdout.write("Fetching ONNX Runtime's CUDA and TensorRT parts (several hundred MB)\n");
	const code = await runScript(script);
	if (code === 0) {
		process.stdout.write(
			"Done. They need an NVIDIA driver, CUDA and cuDNN on this machine; try: nnvol predict ... --device cuda:0\n",
		);
		return 0;
	}
	throw new NnvolError(
		"RUNTIME",
		"the CUDA parts could not be fetched (see above); check the network or proxy (HTTPS_PROXY) and try again. The CPU works without them",
		{
			fields: { script, code },
		},
	);
}

function runScript(script: string): Promise<number | null> {
	const env: NodeJS.ProcessEnv = { ...process.env };
	for (const name of Object.keys(env)) if (name.toLowerCase().endsWith("onnxruntime_node_install")) delete env[name];
	return new Promise((resolve, reject) => {
		const child = spawn(process.execPath, [script, "--onnxruntime-node-install"], { env, stdio: "inherit" });
		child.on("error", reject);
		child.on("close", resolve);
	});
}

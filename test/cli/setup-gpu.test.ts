import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const CLI = join(import.meta.dirname, "..", "..", "dist", "cli", "main.js");

/** A port on this machine that nothing listens on: the installer can reach nothing. */
const NOWHERE = "http://127.0.0.1:9";

describe("nnvol setup-gpu", () => {
	it("says that the parts could not be fetched, and that the CPU works without them", () => {
		const env = { ...process.env, GLOBAL_AGENT_HTTP_PROXY: NOWHERE, GLOBAL_AGENT_HTTPS_PROXY: NOWHERE };
		const run = spawnSync(process.execPath, [CLI, "setup-gpu"], { env, encoding: "utf8" });
		expect(run.status).toBe(1);
		const isBuiltFor = process.platform === "linux" && process.arch === "x64";
		expect(run.stderr).toMatch(
			isBuiltFor ? /could not be fetched.*HTTPS_PROXY.*The CPU works without them/ : /exist for Linux on x64; this is/,
		);
	});
});

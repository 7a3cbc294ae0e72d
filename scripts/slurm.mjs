/**
 * Installs SLURM where the tests run unattended (`CI`), so that those on a real cluster are run: Debian's packages, as root.
 *
 * Elsewhere nothing is installed; the tests say then that they are skipped, and why.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { run } from "./ready.mjs";

const PACKAGES = ["slurm-wlm", "slurm-wlm-basic-plugins", "munge"];

/** Installs what is missing; gives a line that says so, or why not; undefined where there is nothing to say. */
export function readySlurm() {
	if (process.env.CI === undefined || hasProgram("slurmd") || process.platform !== "linux") return undefined;
	if (process.getuid?.() !== 0 || !hasProgram("apt-get")) {
		return "SLURM is not installed and cannot be without root and apt-get: its tests are skipped";
	}
	const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
	const options = { env, timeout: 300_000 };
	const updated = run("apt-get", ["update", "-q"], options);
	const words = ["install", "-y", "-q", "--no-install-recommends", ...PACKAGES];
	const installed = updated.ok ? run("apt-get", words, options) : updated;
	if (installed.ok) return "Installed SLURM for its tests";
	return `SLURM could not be installed (${installed.said.split("\n").at(-1)}): its tests are skipped`;
}

function hasProgram(name) {
	const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/sbin"];
	return folders.some((folder) => existsSync(join(folder, name)));
}

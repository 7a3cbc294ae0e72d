/**
 * Servers of others on the loopback, for tests: moto (S3) and gcp-storage-emulator (Google Cloud Storage).
 *
 * Both are Python packages. They are installed once into `node_modules/.cache/nnvol-servers` where Python and pip work;
 * `NNVOL_TEST_SERVERS` names a folder that has them already. Where they cannot be had, the tests are skipped with a line
 * that says so.
 *
 * @module
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";

const PACKAGES = ["moto[s3]==5.2.5", "flask==3.1.3", "flask-cors==6.0.2", "gcp-storage-emulator==2026.7.19"];
const CACHE = resolve(import.meta.dirname, "..", "..", "..", "node_modules", ".cache");
const run = promisify(execFile);

/** A running server. */
export type TestServer = { readonly url: string; readonly stop: () => Promise<void> };

/** S3 with an empty bucket `bucket`; undefined where it cannot be had. */
export async function startS3(bucket: string): Promise<TestServer | undefined> {
	const server = await start((port) => ["-m", "moto.server", "-H", "127.0.0.1", "-p", `${port}`], "/moto-api/");
	if (server !== undefined) await fetch(`${server.url}/${bucket}`, { method: "PUT" });
	return server;
}

/** Google Cloud Storage with an empty bucket `bucket`; undefined where it cannot be had. */
export async function startGs(bucket: string): Promise<TestServer | undefined> {
	const options = ["--host", "127.0.0.1", "--in-memory", "--quiet", "--default-bucket", bucket];
	return start((port) => ["-m", "gcp_storage_emulator", "start", "--port", `${port}`, ...options], "/");
}

async function start(args: (port: number) => readonly string[], health: string): Promise<TestServer | undefined> {
	installing ??= packagesFolder();
	const packages = await installing;
	if (packages === undefined) return undefined;
	const port = await freePort();
	const child = spawn(PYTHON, args(port), {
		env: { ...process.env, PYTHONPATH: packages, PYTHONUNBUFFERED: "1", STORAGE_BASE: packages },
		stdio: "ignore",
	});
	const url = `http://127.0.0.1:${port}`;
	await answers(`${url}${health}`, child);
	return {
		url,
		stop: async () => {
			child.kill("SIGKILL");
		},
	};
}

const PYTHON = process.platform === "win32" ? "python" : "python3";

let installing: Promise<string | undefined> | undefined;

/** Installed under another name and renamed, so that two test processes do not meet in it. */
async function packagesFolder(): Promise<string | undefined> {
	const given = process.env["NNVOL_TEST_SERVERS"];
	if (given !== undefined) return given;
	const folder = resolve(CACHE, "nnvol-servers");
	if (existsSync(folder)) return folder;
	const beside = `${folder}.${process.pid}.tmp`;
	try {
		await mkdir(CACHE, { recursive: true });
		const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "1", "--timeout", "15"];
		await run(PYTHON, [...pip, "--target", beside, ...PACKAGES], { timeout: 300_000 });
		await rename(beside, folder).catch(() => undefined);
		return existsSync(folder) ? folder : undefined;
	} catch (error) {
		const reason = error instanceof Error ? (error.message.trim().split("\n").at(-1) ?? "") : "";
		process.stderr.write(`Skipped: tests against moto and gcp-storage-emulator; pip cannot install them (${reason})\n`);
		return undefined;
	} finally {
		await rm(beside, { recursive: true, force: true });
	}
}

async function freePort(): Promise<number> {
	const server = createServer();
	await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
	const address = server.address();
	await new Promise<void>((done) => server.close(() => done()));
	if (address === null || typeof address === "string") throw new Error("no port");
	return address.port;
}

async function answers(url: string, child: ChildProcess): Promise<void> {
	for (let n = 0; n < 300; n++) {
		if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`);
		if (
			await fetch(url).then(
				(response) => response.ok,
				() => false,
			)
		)
			return;
		await pause(100);
	}
	throw new Error(`no server at ${url}`);
}

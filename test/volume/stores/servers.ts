/**
 * Servers of others on the loopback, for tests: moto (S3) and gcp-storage-emulator (Google Cloud Storage).
 *
 * Both are Python packages. They are installed once into `node_modules/.cache/nnvol-servers` where Python and pip work;
 * `NNVOL_TEST_SERVERS` names a folder that has them already. Where they cannot be had, the tests are skipped with a line
 * that says so.
 *
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { PYTHON, pythonPackages } from "../../python-packages.ts";

const PACKAGES = {
	name: "nnvol-servers",
	packages: ["moto[s3]==5.2.5", "flask==3.1.3", "flask-cors==6.0.2", "gcp-storage-emulator==2026.7.19"],
	text: "moto and gcp-storage-emulator",
	variable: "NNVOL_TEST_SERVERS",
};

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
	installing ??= pythonPackages(PACKAGES);
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

let installing: Promise<string | undefined> | undefined;

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

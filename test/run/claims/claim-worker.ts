/**
 * A worker process of tests: takes names until all are done, or holds what it is told, and says on its standard output what it did.
 *
 * `claim-worker.ts share FOLDER LEASE COUNT MILLISECONDS` does `n-0` to `n-COUNT`: a name is done when FOLDER/../done/NAME is there.
 * `claim-worker.ts hold FOLDER LEASE exclusive|marked WORKER NAME...` takes names, says so, and goes on when a line comes in.
 *
 * @module
 */
import { access, appendFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { type Claim, openClaims } from "../../../src/run/claims/claims.ts";

const [kind = "", folder = "", lease = "", ...rest] = process.argv.slice(2);

async function share(count: number, milliseconds: number): Promise<void> {
	const claims = await openClaims(folder, { worker: `${process.pid}`, lease: Number(lease), exclusive: true });
	const done = join(folder, "..", "done");
	await mkdir(done, { recursive: true });
	const left = new Set(Array.from({ length: count }, (_, n) => `n-${(n + process.pid * 37) % count}`));
	while (left.size > 0) {
		const before = left.size;
		for (const name of left) {
			if (await isThere(join(done, name))) {
				left.delete(name);
				continue;
			}
			const claim = await claims.take(name);
			if (claim === undefined) continue;
			if (!(await isThere(join(done, name)))) {
				await pause(milliseconds);
				await appendFile(join(done, name), `${process.pid} ${claim.deaths}\n`);
			}
			await claim.release();
			left.delete(name);
		}
		if (left.size === before) await pause(20);
	}
	await claims.close();
}

async function hold(isExclusive: boolean, worker: string, names: readonly string[]): Promise<void> {
	const claims = await openClaims(folder, { worker, lease: Number(lease), exclusive: isExclusive });
	const held: Claim[] = [];
	for (const name of names) {
		const claim = await claims.take(name);
		if (claim !== undefined) held.push(claim);
	}
	say({ held: held.map(({ name, deaths }) => ({ name, deaths })) });
	for await (const line of createInterface({ input: process.stdin })) {
		const [order = "", name = ""] = line.split(" ");
		if (order === "take") say({ taken: (await claims.take(name))?.deaths });
		else if (order === "release") {
			await held.find((claim) => claim.name === name)?.release();
			say({ released: name });
		} else if (order === "leave")
			return; // as a program that ends without closing
		else if (order === "busy") {
			say({ busy: true });
			const until = performance.now() + Number(name);
			while (performance.now() < until); // computes, and does not come to its timers
			say({ busy: false });
		} else break;
	}
	await claims.close();
	say({ closed: true });
}

async function isThere(path: string): Promise<boolean> {
	return access(path).then(
		() => true,
		() => false,
	);
}

function say(what: unknown): void {
	process.stdout.write(`${JSON.stringify(what)}\n`);
}

const [first = "", second = "", ...names] = rest;
if (kind === "share") await share(Number(first), Number(second));
else await hold(first === "exclusive", second, names);
process.stdin.destroy(); // an open pipe would keep it alive

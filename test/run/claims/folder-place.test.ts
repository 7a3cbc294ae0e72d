import { spawn } from "node:child_process";
import { once } from "node:events";
import { link, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type ClaimText, encodeClaim, ownText } from "../../../src/run/claims/claim-text.ts";
import { type Claims, openClaims } from "../../../src/run/claims/claims.ts";
import { FolderPlace } from "../../../src/run/claims/folder-place.ts";

const HOUR = 3_600_000;

let folder: string;
const opened: Claims[] = [];

beforeEach(async () => {
	folder = await mkdtemp(join(tmpdir(), "nnvol-claims-"));
});
afterEach(async () => {
	vi.useRealTimers();
	for (const claims of opened.splice(0)) await claims.close();
	await rm(folder, { recursive: true, force: true });
});

async function open(lease = HOUR, worker = "here"): Promise<Claims> {
	const claims = await openClaims(folder, { worker, lease, exclusive: true });
	opened.push(claims);
	return claims;
}

/** A claim of another machine, as old as that. */
async function plant(name: string, silence: number, more: Partial<ClaimText> = {}): Promise<ClaimText> {
	const text = { ...ownText("there", HOUR), host: "elsewhere", ...more };
	const path = join(folder, name);
	await writeFile(path, encodeClaim(text));
	const time = new Date(Date.now() - silence);
	await utimes(path, time, time);
	return text;
}

describe("whose claim is over", () => {
	test.each([
		["within its lease", 0.5 * HOUR, {}, undefined],
		["after its lease", 1.5 * HOUR, {}, 1],
		["by its own lease, not by that of who looks", 1.5 * HOUR, { lease: 2 * HOUR }, undefined],
		["with deaths before", 1.5 * HOUR, { deaths: 4 }, 5],
		["a clock that was set back for long", -1.5 * HOUR, {}, 1],
		["a clock that was set back a little", -0.5 * HOUR, {}, undefined],
	] as const)("%s", async (_, silence, more, deaths) => {
		await plant("x", silence, more);
		expect((await (await open()).take("x"))?.deaths).toBe(deaths);
	});

	test("a process of this machine that is gone", async () => {
		const { host, home } = ownText("x", 1);
		await plant("gone", 0, { host, home, pid: 2 ** 22 + 1 });
		await plant("elsewhere", 0, { home, pid: 2 ** 22 + 1 });
		await plant("container", 0, { host, home: "another", pid: 2 ** 22 + 1 });
		const claims = await open();
		expect((await claims.take("gone"))?.deaths).toBe(1);
		expect(await claims.take("elsewhere")).toBeUndefined();
		expect(await claims.take("container")).toBeUndefined();
	});

	test.skipIf(process.platform !== "linux")("a process whose number was given again", async () => {
		const own = ownText("x", 1);
		await plant("other", 0, { ...own, lease: HOUR, token: "0".repeat(16), start: "1" });
		await plant("same", 0, { ...own, lease: HOUR, token: "1".repeat(16) });
		const claims = await open();
		expect((await claims.take("other"))?.deaths).toBe(1);
		expect(await claims.take("same")).toBeUndefined();
	});

	test.skipIf(process.platform !== "linux")("a process that has ended and was not asked for yet", async () => {
		const parent = spawn("sh", ["-c", "sleep 0.3 & echo $!; exec sleep 100"], { stdio: ["ignore", "pipe", "ignore"] });
		try {
			const [line] = await once(parent.stdout, "data");
			const pid = Number(line);
			const stat = async () => (await readFile(`/proc/${pid}/stat`, "utf8")).split(") ")[1]?.split(" ") ?? [];
			while ((await stat())[0] !== "Z") await pause(20);
			const { host, home } = ownText("x", 1);
			await plant("x", 0, { host, home, pid, start: (await stat())[19] ?? "" });
			expect((await (await open()).take("x"))?.deaths).toBe(1);
		} finally {
			parent.kill("SIGKILL");
		}
	});

	test("this machine's clock is not asked", async () => {
		const [a, b] = [await open(), await open()];
		expect(await a.take("x")).toBeDefined();
		await plant("old", 1.5 * HOUR);
		vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 100 * HOUR });
		expect(await b.take("x")).toBeUndefined();
		vi.setSystemTime(Date.now() - 200 * HOUR);
		expect(await b.take("x")).toBeUndefined();
		expect((await b.take("old"))?.deaths).toBe(1);
	});
});

describe("taking over", () => {
	test("is for one of many, again and again", async () => {
		const all = await Promise.all(Array.from({ length: 8 }, () => open()));
		for (let n = 0; n < 40; n++) {
			await plant(`x-${n}`, 2 * HOUR);
			const taken = await Promise.all(all.map((claims) => claims.take(`x-${n}`)));
			expect(taken.filter((claim) => claim !== undefined).map((claim) => claim?.deaths)).toEqual([1]);
		}
		expect((await readdir(folder)).filter((name) => /next|grave/.test(name))).toEqual([]);
	});

	test("a slower one does not bury the new claim", async () => {
		await plant("x", 2 * HOUR);
		const [slow, quick] = [ownText("slow", HOUR), ownText("quick", HOUR)];
		const places = [slow, quick].map((own) => new FolderPlace(folder, own, () => undefined));
		const seen = await places[0]?.look("x");
		if (seen === undefined) throw new Error("no claim");
		await places[1]?.succeed("x", seen, { ...quick, deaths: 1 });
		await places[0]?.succeed("x", seen, { ...slow, deaths: 1 });
		expect(await places[0]?.look("x")).toMatchObject({ text: { worker: "quick", deaths: 1 } });
		// also where that is over in turn: it has to be looked at anew, for its deaths
		await utimes(join(folder, "x"), new Date(0), new Date(0));
		await places[0]?.succeed("x", seen, { ...slow, deaths: 1 });
		expect(await places[0]?.look("x")).toMatchObject({ text: { worker: "quick", deaths: 1 } });
		await places[1]?.remove("x");
		await places[0]?.succeed("x", seen, { ...slow, deaths: 1 });
		expect(await places[0]?.look("x")).toBeUndefined();
		for (const place of places) await place.close();
		expect(await readdir(folder)).toEqual([]);
	});

	test("one that came back to life in between keeps its claim", async () => {
		await plant("x", 2 * HOUR);
		const own = ownText("slow", HOUR);
		const place = new FolderPlace(folder, own, () => undefined);
		const seen = await place.look("x");
		if (seen === undefined) throw new Error("no claim");
		await utimes(join(folder, "x"), new Date(), new Date());
		await place.succeed("x", seen, { ...own, deaths: 1 });
		expect(await place.look("x")).toMatchObject({ text: { worker: "there" } });
		expect((await readdir(folder)).filter((name) => name.endsWith(".next"))).toEqual([]);
	});

	test("goes on where one died in the middle of it, and waits for one who lives", async () => {
		const text = await plant("x", 2 * HOUR, { deaths: 2 });
		const next = `.x.${text.token}.2.next`;
		await plant(next, 0);
		const claims = await open();
		expect(await claims.take("x")).toBeUndefined();
		await plant(next, 2 * HOUR);
		expect((await claims.take("x"))?.deaths).toBe(3);
		expect((await readdir(folder)).filter((name) => /next|grave/.test(name))).toEqual([]);
	});
});

describe("claims and the file of their worker", () => {
	test("a claim is a link, and one write renews all", async () => {
		const claims = await open();
		await Promise.all(["a", "b", "c"].map((name) => claims.take(name)));
		const found = await Promise.all(["a", "b", "c"].map((name) => stat(join(folder, name))));
		expect(new Set(found.map(({ ino }) => ino)).size).toBe(1);
		expect(found[0]?.nlink).toBe(4);
		expect(JSON.parse(await readFile(join(folder, "a"), "utf8"))).toMatchObject({
			version: 1,
			worker: "here",
			deaths: 0,
		});
	});

	test("where a claim was made and its answer lost, it is the worker's", async () => {
		const claims = await open();
		expect(await claims.take("a")).toBeDefined();
		await link(join(folder, "a"), join(folder, "b"));
		expect(await claims.take("b")).toMatchObject({ deaths: 0 });
	});

	test("where somebody has removed everything, names are taken as before", async () => {
		const claims = await open();
		expect(await claims.take("a")).toBeDefined();
		await rm(folder, { recursive: true });
		expect(await claims.take("b")).toBeDefined();
		expect(await (await open()).take("b")).toBeUndefined();
	});

	test("what the dead left besides claims goes when a worker comes, what the living have stays", async () => {
		const { host, home } = ownText("x", 1);
		const alive = await open();
		await alive.take("a");
		const before = await readdir(folder);
		await plant(".0000000000000001.0.ticket", 20 * HOUR);
		await plant(".0000000000000002.0.ticket", 0, { host, home, pid: 2 ** 22 + 1 });
		await plant(".x.0000000000000003.1.next", 20 * HOUR);
		await plant(".x.0000000000000004.1.grave", 20 * HOUR);
		await plant(".0000000000000005.0.ticket", 2 * HOUR);
		await mkdir(join(folder, ".folder"));
		await open();
		expect((await readdir(folder)).sort()).toEqual([...before, ".0000000000000005.0.ticket", ".folder"].sort());
	});

	test("ten thousand are taken and released without the folder being listed", async () => {
		const claims = await open();
		for (let n = 0; n < 10_000; n++) {
			const claim = await claims.take(`n-${n}`);
			if (claim === undefined) throw new Error(`n-${n} is not free`);
			await claim.release();
		}
		expect((await readdir(folder)).filter((name) => !name.endsWith(".ticket"))).toEqual([]);
	});
});

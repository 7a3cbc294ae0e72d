import { describe, expect, it } from "vitest";
import { chooseDevice, parseDevice } from "../../src/runtime/devices.ts";
import { deviceText, listProviders, openInlineSession } from "../../src/runtime/ort.ts";
import { oneNode } from "./identity.ts";

const gpu = (await chooseDevice("auto")).device.kind === "cuda";

describe("parseDevice", () => {
	it("reads the known names", () => {
		expect(["cpu", "cuda", "cuda:3", " AUTO "].map(parseDevice)).toEqual([
			{ kind: "cpu" },
			{ kind: "cuda", index: 0 },
			{ kind: "cuda", index: 3 },
			{ kind: "auto" },
		]);
	});

	it.each(["", "gpu", "cuda:", "cuda:-1", "cuda:x", "cpu:0"])("refuses %j with what is known", (text) => {
		expect(() => parseDevice(text)).toThrow(/expected cpu, cuda, cuda:N or auto/);
	});
});

describe("chooseDevice", () => {
	it("gives the CPU without a note where it was named", async () => {
		expect(await chooseDevice("cpu")).toEqual({ device: { kind: "cpu" } });
	});

	it.skipIf(gpu)("falls back to the CPU with a note where no GPU can be had", async () => {
		const { device, note } = await chooseDevice("auto");
		expect(device).toEqual({ kind: "cpu" });
		expect(note).toMatch(/^running on the CPU: no CUDA device can be used \(--device cuda:0 says why\)$/);
	});

	it.skipIf(gpu)("says what was tried where the named GPU cannot be had", async () => {
		await expect(chooseDevice("cuda:1")).rejects.toMatchObject({
			code: "RUNTIME",
			message:
				/device cuda:1 cannot be had: .*knows: .*cpu.*cuda \(not installed with nnvol\).*nnvol setup-gpu.*--device cpu/,
			fields: { device: "cuda:1" },
		});
	});

	it("can run what it chose", async () => {
		const { device } = await chooseDevice("auto");
		const session = await openInlineSession(oneNode("Relu"), { device, threads: 1 });
		const { data } = await session.run({ data: Float32Array.of(-1, 0, 1, 2), shape: [1, 1, 2, 2] });
		await session.close();
		expect([...data]).toEqual([0, 0, 1, 2]);
	});
});

describe("listProviders", () => {
	it("has the CPU and CUDA", async () => {
		const names = (await listProviders()).map(({ name }) => name);
		expect(names).toContain("cpu");
		expect(deviceText({ kind: "cuda", index: 2 })).toBe("cuda:2");
	});
});

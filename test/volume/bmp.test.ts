import fc from "fast-check";
import { bmp } from "../../src/volume/bmp/bmp.ts";
import { testVolumeFormat } from "./conformance.ts";

testVolumeFormat(bmp, {
	axesOf: (rank) => (rank === 2 ? "yx" : "yxc"),
	shapeOf: (rank) => {
		const extents = [fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 }), fc.constant(3)];
		return fc.tuple(...extents.slice(0, rank));
	},
});

import Server
import Testing

@Suite struct ReadinessTests {
    @Test func readyOnlyWhenAllIsLoaded() throws {
        let site = try TestSite(phase: .starting)
        let starting = try site.ask("/readyz")
        #expect(starting.status == 503 && starting["Retry-After"] == "1")
        #expect(try starting.json["reasons"] == ["indexes and models are being loaded"])
        #expect(try site.ask("/healthz").status == 200 && site.ask("/metrics").status == 200)
        let early = try site.ask("/v1/indexes")
        #expect(early.status == 503 && early.code == "starting")
        site.operations.readiness.phase = .serving
        #expect(try site.ask("/readyz").json["status"] == "ready")
        #expect(try site.ask("/v1/indexes").status == 200)
        site.operations.readiness.update(problems: ["notes": "is damaged at /srv/secret"])
        let broken = try site.ask("/readyz")
        #expect(broken.status == 503 && broken.body.contains("1 index cannot") && !broken.body.contains("secret"))
        // The others are served all the same.
        #expect(try site.ask("/v1/indexes").status == 200)
        site.operations.readiness.update(problems: [:])
        site.operations.readiness.phase = .stopping
        #expect(try site.ask("/readyz").body.contains("stopping"))
    }

    @Test func nobodyLearnsOfTheStartWithoutAKey() throws {
        let (key, secret) = try AccessKey.made("reader", .search)
        let site = try TestSite(keys: [key], phase: .starting)
        #expect(try site.ask("/v1/indexes").status == 401)
        #expect(try site.ask("/v1/indexes", key: secret).status == 503)
    }

    @Test func lesserKernelsAreSaid() {
        func warning(_ forced: String?, _ features: [String], _ kernels: String) -> String? {
            ServerInformation.blasWarning(
                environment: forced.map { ["OPENBLAS_CORETYPE": $0] } ?? [:], features: features, kernels: kernels)
        }
        let wide = ["avx2", "fma", "avx512f", "avx512bw"]
        #expect(warning("Haswell", wide, "Haswell")?.contains("AVX-512") == true)
        #expect(warning("SkylakeX", wide, "SkylakeX") == nil)
        #expect(warning(nil, wide, "Haswell") == nil)
        #expect(warning("Haswell", ["avx2", "fma"], "Haswell") == nil)
        #expect(warning("Nehalem", ["avx2", "fma"], "Nehalem")?.contains("AVX2") == true)
        #expect(warning("Nehalem", ["sse4_2"], "Nehalem") == nil)
    }
}

import CoreMetrics
import Foundation
import HTTP
import Server
import Testing

@Suite struct ServerMetricsTests {
    @Test func countersGaugesAndHistogramsAreWrittenAsPrometheusReadsThem() {
        let registry = PrometheusRegistry(help: ["hits_total": "What was\nhit \\ so far."])
        let counter = Counter(label: "hits_total", dimensions: [("who", "a\"b\\c\nd")], factory: registry)
        counter.increment(by: 3)
        Counter(label: "hits_total", dimensions: [("who", "a\"b\\c\nd")], factory: registry).increment()
        Meter(label: "9 lives", factory: registry).set(2.5)
        let timer = CoreMetrics.Timer(label: "wait_seconds", dimensions: [("b", "2"), ("a", "1")], factory: registry)
        timer.recordNanoseconds(2_000_000)
        timer.recordNanoseconds(20_000_000_000)
        let text = String(decoding: registry.text(), as: UTF8.self)
        for line in [
            "# HELP hits_total What was\\nhit \\\\ so far.", "# TYPE hits_total counter",
            #"hits_total{who="a\"b\\c\nd"} 4"#, "# TYPE _9_lives gauge", "_9_lives 2.5",
            "# TYPE wait_seconds histogram", #"wait_seconds_bucket{a="1",b="2",le="0.001"} 0"#,
            #"wait_seconds_bucket{a="1",b="2",le="0.0025"} 1"#, #"wait_seconds_bucket{a="1",b="2",le="10"} 1"#,
            #"wait_seconds_bucket{a="1",b="2",le="+Inf"} 2"#, #"wait_seconds_sum{a="1",b="2"} 20.002"#,
            #"wait_seconds_count{a="1",b="2"} 2"#,
        ] {
            #expect(text.contains(line + "\n"), "\(line) in\n\(text)")
        }
    }

    @Test func aNameHasOneKindAndSeriesAreBounded() {
        let registry = PrometheusRegistry()
        Counter(label: "x", factory: registry).increment()
        Meter(label: "x", factory: registry).set(7)
        for number in 0..<PrometheusRegistry.seriesLimit + 10 {
            Counter(label: "many", dimensions: [("n", "\(number)")], factory: registry).increment()
        }
        let text = String(decoding: registry.text(), as: UTF8.self)
        #expect(text.contains("\nx 1\n") && !text.contains("gauge\nx"))
        #expect(text.split(separator: "\n").count { $0.hasPrefix("many{") } == PrometheusRegistry.seriesLimit - 1)
        #expect(text.contains("passerine_metrics_refused 12\n"))
    }

    @Test func whatIsDestroyedIsGone() {
        let registry = PrometheusRegistry()
        let meter = Meter(label: "x", dimensions: [("index", "notes")], factory: registry)
        meter.set(1)
        meter.destroy()
        #expect(!String(decoding: registry.text(), as: UTF8.self).contains("notes"))
    }

    @Test func requestsAreCountedByPatternNeverByPath() throws {
        let site = try TestSite()
        for number in 0..<5 { _ = try site.ask("/v1/indexes/name\(number)/search", "-d", "x") }
        _ = try site.ask("/no/such/path", "-X", "BREW")
        let wanted = #"passerine_http_requests_total{method="POST",route="/v1/indexes/{name}/search",status="200"} 5"#
        let hasCounted = try TestSite.eventually { try site.ask("/metrics").body.contains(wanted + "\n") }
        #expect(hasCounted)
        let answer = try site.ask("/metrics", "-H", "Accept-Encoding: gzip")
        #expect(answer["Content-Type"]?.hasPrefix("text/plain; version=0.0.4") == true)
        #expect(answer["Content-Encoding"] == nil)
        let text = answer.body
        #expect(!text.contains("name3") && !text.contains("BREW") && !text.contains("such"))
        #expect(text.contains(#"passerine_http_requests_total{method="other",route="none",status="404"} 1"#))
        #expect(text.contains(#"passerine_http_request_seconds_count{route="/v1/indexes/{name}/search"} 5"#))
        for name in [
            "passerine_queue_waiting", "passerine_queue_running", "passerine_queue_rejected_total",
            "passerine_http_connections", "process_resident_memory_bytes", "process_cpu_seconds_total",
            "passerine_build_info{version=\"test\"}", "passerine_ready",
        ] {
            #expect(text.contains("\n\(name) "), "\(name)")
        }
    }

    @Test func healthAndMetricsAnswerWhileTheQueueIsFull() throws {
        let site = try TestSite { configuration in
            configuration.workers = 1
            configuration.queueCapacity = 1
        }
        // One request runs and one waits; curl stays in the background until the gate opens.
        let clients = try (0..<2).map { number in
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = ["curl", "-s", "-d", "x", "http://127.0.0.1:\(site.port)/v1/indexes/slow/search"]
            process.standardOutput = FileHandle.nullDevice
            try process.run()
            #expect(
                TestSite.eventually { site.server.statistics.running + site.server.statistics.waiting == number + 1 })
            return process
        }
        let refused = try site.ask("/v1/indexes/notes/search", "-d", "x")
        #expect(refused.status == 503 && refused["Retry-After"] == "1")
        // Refusals pass through what surrounds the endpoints as well.
        #expect(refused["X-Request-ID"] != nil && refused["X-Content-Type-Options"] == "nosniff")
        for path in ["/healthz", "/readyz"] { #expect(try site.ask(path).status == 200) }
        let text = try site.ask("/metrics").body
        #expect(text.contains("passerine_queue_waiting 1\n") && text.contains("passerine_queue_running 1\n"))
        #expect(text.contains("passerine_queue_rejected_total 1\n"))
        site.gate.signal()
        site.gate.signal()
        for client in clients { client.waitUntilExit() }
    }
}

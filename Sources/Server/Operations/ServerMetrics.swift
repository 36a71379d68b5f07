import CoreMetrics
import HTTP
import JSON
import PassageIndex
import Search
import Synchronization

import struct Foundation.Date

/// The server's figures, through swift-metrics into ``PrometheusRegistry``.
///
///     let metrics = ServerMetrics(version: "0.1.0")
///     configuration.onCompletion = { metrics.record(request: $0) }
///     metrics.record(search: response, index: "notes")
///     metrics.text()
///
/// Labels come from bounded sets: route patterns, known methods, statuses, stages, and indexes that are there.
public final class ServerMetrics: Sendable {
    /// What a request's figures are filed under.
    private struct RequestKind: Hashable {
        let route: String
        let method: String
        let status: Int
    }

    private struct Handles {
        var requests: [RequestKind: (count: Counter, latency: Timer)] = [:]
        /// Timers of stages and gauges by index, and how each is named, so that those of dropped indexes can go.
        var stages: [CodePoints: [String: Timer]] = [:]
        var indexes: [CodePoints: [String: Meter]] = [:]
        var gauges: [String: Meter] = [:]
        /// What counters that others keep stood at when they were read last.
        var totals: [String: Double] = [:]
        var counters: [String: FloatingPointCounter] = [:]

        mutating func forget(_ index: CodePoints) {
            indexes.removeValue(forKey: index)?.values.forEach { $0.destroy() }
            stages.removeValue(forKey: index)?.values.forEach { $0.destroy() }
        }
    }

    private static let methods: Set = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"]

    public let registry = PrometheusRegistry(help: ServerMetrics.help)
    private let handles = Mutex(Handles())

    /// - Parameter labels: what was built, beside its version.
    public init(version: String, labels: [(String, String)] = []) {
        let build = Meter(label: "passerine_build_info", dimensions: [("version", version)] + labels, factory: registry)
        build.set(1)
        let start = Meter(label: "process_start_time_seconds", dimensions: [], factory: registry)
        start.set(Date().timeIntervalSince1970.rounded())
    }

    /// Has everything in the process that counts through swift-metrics count into this; once a process.
    public func bootstrap() { MetricsSystem.bootstrap(registry) }

    /// Counts a request; does not block.
    public func record(request: RequestSummary) {
        let route = request.routePattern ?? "none"
        let (counter, latency) = handles.withLock { handles in
            let asked = RequestKind(route: route, method: request.method, status: request.status)
            if let known = handles.requests[asked] { return known }
            let method = Self.methods.contains(request.method) ? request.method : "other"
            let kind = RequestKind(route: route, method: method, status: request.status)
            if let known = handles.requests[kind] { return known }
            // What has been made before is found again by its labels.
            let made = (
                Counter(
                    label: "passerine_http_requests_total",
                    dimensions: [("method", method), ("route", route), ("status", String(request.status))],
                    factory: registry),
                Timer(
                    label: "passerine_http_request_seconds", dimensions: [("route", route)],
                    preferredDisplayUnit: .seconds, factory: registry)
            )
            handles.requests[kind] = made
            return made
        }
        counter.increment()
        let (seconds, attoseconds) = request.duration.components
        latency.recordNanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }

    /// Takes a search's milliseconds by stage.
    public func record(search: SearchResponse, index: String) {
        record(stage: "total", milliseconds: search.total, index: index)
        for (stage, milliseconds) in search.milliseconds {
            record(stage: stage, milliseconds: milliseconds, index: index)
        }
    }

    private func record(stage: String, milliseconds: Double, index: String) {
        let timer = handles.withLock { handles in
            let key = CodePoints(index)
            if let known = handles.stages[key]?[stage] { return known }
            let timer = Timer(
                label: "passerine_search_stage_seconds", dimensions: [("index", index), ("stage", stage)],
                preferredDisplayUnit: .seconds, factory: registry)
            handles.stages[key, default: [:]][stage] = timer
            return timer
        }
        timer.recordNanoseconds(Int64(max(0, min(milliseconds, 1e9)) * 1e6))
    }

    /// Takes what indexes hold. Figures of indexes that are not named go.
    public func record(indexes: [String: IndexStatistics]) {
        handles.withLock { handles in
            for (index, statistics) in indexes {
                var values = ["passages": statistics.passages, "segments": statistics.segments]
                for (part, bytes) in statistics.bytes { values["bytes " + part] = bytes }
                for (key, value) in values {
                    let parts = key.split(separator: " ").map(String.init)
                    let part = parts.count > 1 ? [("part", parts[1])] : []
                    let meter =
                        handles.indexes[CodePoints(index)]?[key]
                        ?? Meter(
                            label: "passerine_index_\(parts[0])", dimensions: [("index", index)] + part,
                            factory: registry)
                    meter.set(value)
                    handles.indexes[CodePoints(index), default: [:]][key] = meter
                }
            }
            let named = Set(indexes.keys.map { CodePoints($0) })
            for index in Set(handles.indexes.keys).union(handles.stages.keys).subtracting(named) {
                handles.forget(index)
            }
        }
    }

    /// Lets all figures of an index go that has been dropped.
    public func forget(index: String) { handles.withLock { $0.forget(CodePoints(index)) } }

    /// All figures as text, those of server and process as they are now; microseconds, so fit for an event loop.
    ///
    /// - Parameter isShown: whether an index's figures are for who asks.
    public func text(
        server: HTTPServer.Statistics?, queries: QueryEncoder.Statistics? = nil, isReady: Bool,
        showing isShown: (_ index: String) -> Bool = { _ in true }
    ) -> [UInt8] {
        let process = ProcessStatistics()
        handles.withLock { handles in
            var gauges: [String: Double] = [
                "passerine_ready": isReady ? 1 : 0, "process_resident_memory_bytes": Double(process.residentBytes),
                "process_virtual_memory_bytes": Double(process.virtualBytes),
                "process_open_fds": Double(process.openDescriptors),
            ]
            if let server {
                gauges["passerine_http_connections"] = Double(server.connections)
                gauges["passerine_queue_waiting"] = Double(server.waiting)
                gauges["passerine_queue_running"] = Double(server.running)
                gauges["passerine_http_buffered_body_bytes"] = Double(server.bufferedBodyBytes)
                gauges["passerine_http_held_bytes"] = Double(server.heldBytes)
                count("passerine_queue_rejected_total", Double(server.rejected), &handles)
            }
            if let queries {
                gauges["passerine_query_cache_entries"] = Double(queries.entries)
                gauges["passerine_query_cache_bytes"] = Double(queries.bytes)
                count("passerine_query_cache_hits_total", Double(queries.hits), &handles)
                count("passerine_query_cache_misses_total", Double(queries.misses), &handles)
                count("passerine_query_passes_total", Double(queries.passes), &handles)
            }
            for (name, value) in gauges {
                let meter = handles.gauges[name] ?? Meter(label: name, dimensions: [], factory: registry)
                meter.set(value)
                handles.gauges[name] = meter
            }
            count("process_cpu_seconds_total", process.cpuSeconds, &handles)
        }
        return registry.text { label, value in label != "index" || isShown(value) }
    }

    /// Brings a counter to a total that someone else counts.
    private func count(_ name: String, _ total: Double, _ handles: inout Handles) {
        let counter =
            handles.counters[name] ?? FloatingPointCounter(label: name, dimensions: [], factory: registry)
        handles.counters[name] = counter
        counter.increment(by: max(0, total - (handles.totals[name] ?? 0)))
        handles.totals[name] = total
    }
}

extension ServerMetrics {
    /// What each metric says, for the page that `/metrics` serves.
    static let help = [
        "passerine_build_info": "What runs; always 1.",
        "passerine_ready": "1 while searches are answered.",
        "passerine_http_requests_total":
            "Requests answered, by route pattern, method and status; 499: the client left.",
        "passerine_http_request_seconds": "From a request's head to its response.",
        "passerine_http_connections": "Open connections.",
        "passerine_http_buffered_body_bytes": "Request bodies in memory.",
        "passerine_http_held_bytes": "What requests and responses that wait for slow clients hold in memory.",
        "passerine_queue_waiting": "Requests that wait for a worker.",
        "passerine_queue_running": "Requests that have a worker.",
        "passerine_queue_rejected_total": "Requests answered 503 because the queue was full.",
        "passerine_search_stage_seconds": "Time of each stage of a search; total is all of it.",
        "passerine_query_cache_hits_total": "Queries whose vectors were in the cache.",
        "passerine_query_cache_misses_total": "Queries that were encoded.",
        "passerine_query_cache_entries": "Queries in the cache.",
        "passerine_query_cache_bytes": "What the cache of queries takes.",
        "passerine_query_passes_total": "Passes of the encoder over queries; those that come together share one.",
        "passerine_index_passages": "Passages that can be found.",
        "passerine_index_segments": "Segment files.",
        "passerine_index_bytes": "Bytes on disk.",
        "process_cpu_seconds_total": "Processor time in user and kernel mode.",
        "process_resident_memory_bytes": "Memory in use.",
        "process_virtual_memory_bytes": "Address space in use.",
        "process_open_fds": "Open file descriptors.",
        "process_start_time_seconds": "When the process started, seconds since 1970.",
    ]
}

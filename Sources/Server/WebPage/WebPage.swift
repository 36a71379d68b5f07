import HTTP

/// The search page at `/`: plain HTML, CSS and JavaScript of `Assets/`, which the build puts into the binary.
///
///     WebPage().addRoutes(to: &router)
///
/// It uses the REST interface as any other client does. `Assets/app.js` is the module to read first.
struct WebPage: Sendable {
    private static let page = WebAsset("index.html", PackageResources.index_html)

    /// The other files by name, under `/assets/`.
    private static let assets: [String: WebAsset] = Dictionary(
        uniqueKeysWithValues: files.map { ($0.key, WebAsset($0.key, $0.value)) })

    private static let files: [String: [UInt8]] = [
        "api.js": PackageResources.api_js,
        "app.js": PackageResources.app_js,
        "comparison.js": PackageResources.comparison_js,
        "conditions.js": PackageResources.conditions_js,
        "dom.js": PackageResources.dom_js,
        "explanation.css": PackageResources.explanation_css,
        "explanation.js": PackageResources.explanation_js,
        "fields.js": PackageResources.fields_js,
        "filters.js": PackageResources.filters_js,
        "heatmap.js": PackageResources.heatmap_js,
        "highlights.js": PackageResources.highlights_js,
        "hits.js": PackageResources.hits_js,
        "icon.svg": PackageResources.icon_svg,
        "interaction.js": PackageResources.interaction_js,
        "json.js": PackageResources.json_js,
        "keyboard.js": PackageResources.keyboard_js,
        "late-interaction.js": PackageResources.late_interaction_js,
        "notice.js": PackageResources.notice_js,
        "pager.js": PackageResources.pager_js,
        "pipelines.js": PackageResources.pipelines_js,
        "reading.js": PackageResources.reading_js,
        "results.css": PackageResources.results_css,
        "state.js": PackageResources.state_js,
        "style.css": PackageResources.style_css,
        "table.js": PackageResources.table_js,
        "term-weights.js": PackageResources.term_weights_js,
        "timing.js": PackageResources.timing_js,
    ]

    func addRoutes(to router: inout Router) {
        let (page, assets) = (Self.page, Self.assets)
        router.get("/", .immediate) { request, _ in page.response(to: request) }
        router.get("/assets/{name}", .immediate) { request, _ in
            let name = request.parameters["name"] ?? ""
            guard let asset = assets[name] else {
                throw HTTPError(.notFound, code: "not_found", message: "the page has no file \(name.debugDescription)")
            }
            return asset.response(to: request)
        }
    }
}

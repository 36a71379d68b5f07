/// The HTML report's style sheet: one column on a narrow screen, plots side by side on a wide one, light or dark as the
/// reader's system is, black on white in print.
enum ReportStyle {
    static let sheet = """
        :root { color-scheme: light dark; --page: #fff; --text: #1d2129; --soft: #5b6472; --rule: #d9dee5;
          --panel: #f6f8fa; --grid: #e4e8ed; --gain: #0a7d56; --loss: #c4460b;
          --c0: #0b6bb0; --c1: #c95a0a; --c2: #0a8a64; --c3: #a8508a; --c4: #a87a00; --c5: #2f8fc4; --c6: #7d5548;
          --c7: #6b7280; }
        @media (prefers-color-scheme: dark) {
          :root { --page: #14171c; --text: #e6e9ee; --soft: #a0a9b6; --rule: #343b45; --panel: #1c2128; --grid: #2b323b;
            --gain: #3cc49b; --loss: #ff8a50; --c0: #58a9e6; --c1: #ff9a5c; --c2: #3cc49b; --c3: #e39ac6;
            --c4: #e6b84c; --c5: #8fd0f5; --c6: #c9a596; --c7: #a5adb8; } }
        @media print {
          :root { color-scheme: light; --page: #fff; --text: #000; --panel: #fff; } figure { break-inside: avoid; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--page); color: var(--text);
          font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
        main { max-width: 1080px; margin: 0 auto; padding: 24px 16px 64px; }
        h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 4px; } h2 { font-size: 1.2rem; margin: 40px 0 12px; }
        h3 { font-size: 1rem; margin: 20px 0 8px; }
        p { max-width: 72ch; margin: 8px 0; } .soft, figcaption { color: var(--soft); font-size: .875rem; }
        .scroll { overflow-x: auto; border: 1px solid var(--rule); border-radius: 8px; }
        table { border-collapse: collapse; width: 100%; font-size: .875rem; font-variant-numeric: tabular-nums; }
        th, td { padding: 6px 12px; text-align: left; border-bottom: 1px solid var(--rule); vertical-align: top; }
        th { background: var(--panel); font-weight: 600; white-space: nowrap; }
        tbody tr:last-child td { border-bottom: 0; } .figure { text-align: right; white-space: nowrap; }
        td small { display: block; color: var(--soft); } td { overflow-wrap: break-word; min-width: 4em; }
        .gained { color: var(--gain); } .lost { color: var(--loss); }
        .plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 400px), 1fr)); gap: 16px; }
        figure { margin: 0; padding: 12px; border: 1px solid var(--rule); border-radius: 8px; background: var(--panel); }
        figcaption { margin-top: 6px; } svg { display: block; width: 100%; height: auto; max-width: 560px; }
        .legend { display: flex; flex-wrap: wrap; gap: 4px 16px; list-style: none; margin: 0 0 12px; padding: 0;
          font-size: .875rem; } .legend svg { display: inline-block; width: 28px; height: 10px; margin-right: 6px; }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 16px; font-size: .875rem; margin: 0; }
        dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
        svg text { font: 12px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
          fill: var(--soft); font-variant-numeric: tabular-nums; } svg text.value { fill: var(--text); }
        @media (max-width: 560px) { svg text { font-size: 13px; } dl { grid-template-columns: 1fr; }
          dd { margin-bottom: 6px; } }
        .axis { stroke: var(--soft); } .grid { stroke: var(--grid); }
        .whisker { stroke: var(--text); stroke-width: 1.2; }
        .line { fill: none; stroke-width: 2; stroke-linejoin: round; }
        .dash1 { stroke-dasharray: 7 3; } .dash2 { stroke-dasharray: 2 3; } .dash3 { stroke-dasharray: 8 3 2 3; }
        .front { fill: none; stroke: var(--soft); stroke-dasharray: 4 3; } .gain { fill: var(--gain); }
        .loss { fill: var(--loss); }
        \((0..<8).map { ".fill\($0) { fill: var(--c\($0)); } .stroke\($0) { stroke: var(--c\($0)); }" }
            .joined(separator: "\n"))
        """
}

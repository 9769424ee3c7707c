import FoundationEssentials

/// When an authority would like a certificate to be renewed (RFC 9773 section 4.2).
struct RenewalInfo: Decodable, Equatable {
    struct Window: Decodable, Equatable {
        let start: String
        let end: String
    }

    let suggestedWindow: Window
    var explanationURL: String?

    /// Seconds since 1970; nil for a window that is none.
    var window: ClosedRange<Int>? {
        guard let start = Self.seconds(suggestedWindow.start), let end = Self.seconds(suggestedWindow.end), start <= end
        else { return nil }
        return start...end
    }

    /// RFC 3339, with or without a fraction.
    private static func seconds(_ text: String) -> Int? {
        let whole = try? Date(text, strategy: .iso8601)
        let date = whole ?? (try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
        return date.flatMap { Int(exactly: $0.timeIntervalSince1970.rounded()) }
    }
}

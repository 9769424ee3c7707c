extension RoutePattern {
    /// The path with its parameters filled in, percent-encoded; the remaining values become the query.
    ///
    /// - Parameter matchers: what the route takes: a value of its own type has to be accepted on the way back as well.
    func url(
        _ values: [String: any PathConvertible],
        _ matchers: [ParameterMatcher] = []
    ) throws(URLBuildingError) -> String {
        var rest = values
        var types = matchers.map(\.type).makeIterator()
        var path = ""
        for segment in segments {
            path += "/"
            switch segment {
            case .text(let text): path += URLText.encode(text)
            case .parameter(let parameter, let prefix, let suffix):
                guard let value = rest.removeValue(forKey: parameter.name) else {
                    throw URLBuildingError(description: "The URL \(self) needs a value for `\(parameter.name)`.")
                }
                let text = value.pathParameter
                if let type = types.next() ?? nil, !type.accepts(text) {
                    throw URLBuildingError(
                        description: "The URL \(self) takes \(type.name) for `\(parameter.name)`, not \"\(text)\"."
                    )
                }
                let converter = parameter.converter ?? type(of: value).pathConverter
                guard converter.accepts(text) else {
                    throw URLBuildingError(
                        description: "The URL \(self) takes \(converter) for `\(parameter.name)`, not \"\(text)\"."
                    )
                }
                path += URLText.encode(prefix)
                path += URLText.encode(text.utf8, keepingSlash: converter == .path)
                path += URLText.encode(suffix)
            }
        }
        guard !rest.isEmpty else { return path }
        let query = rest.sorted { $0.key < $1.key }.map { name, value in
            URLText.encode(name.utf8) + "=" + URLText.encode(value.pathParameter.utf8)
        }
        return path + "?" + query.joined(separator: "&")
    }
}

/// A URL could not be built: there is no route of that name, or a value is missing or not accepted.
public struct URLBuildingError: Error, Equatable, CustomStringConvertible {
    public let description: String
}

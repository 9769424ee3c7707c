internal import MartletPages

extension RouteDescription {
    /// What the page of development tells of the route that a request went to.
    ///
    /// - Parameters:
    ///   - values: of its parameters, in their order.
    ///   - wasThrown: whether its handler has thrown something of which nothing says where.
    func section(values: [String], wasThrown: Bool) -> ErrorPage.Section {
        var facts = [ErrorPage.Fact("Route", title)]
        if let name { facts.append(ErrorPage.Fact("Name", name)) }
        if let blueprint { facts.append(ErrorPage.Fact("Blueprint", blueprint)) }
        for (parameter, value) in zip(parameters, values) {
            let type = parameter.type.map { ", \($0)" } ?? ""
            facts.append(ErrorPage.Fact("\(parameter.name) (\(parameter.converter)\(type))", value))
        }
        var parts: [ErrorPage.Part] = [.facts(facts)]
        if let excerpt = SourceFinder.excerpt(file: file, line: line) {
            parts.append(.excerpt(excerpt))
        } else {
            parts.append(.note("It is registered at \(place)."))
        }
        if wasThrown {
            parts.append(
                .note("Swift keeps no trace of where an error was thrown: it left the handler that is registered here.")
            )
        }
        return ErrorPage.Section("Route", parts)
    }
}

package import MartletGateway
import Synchronization

/// The routes of a server by their numbers, also those of sites that a reload has replaced: what was counted stays.
///
/// They come from the configuration and never from a request, so their number is bounded by what was written there. Who reloads
/// with ever new paths comes to ``most``; all further routes are counted together.
package final class RouteNames: Sendable {
    package struct Name: Sendable, Hashable {
        /// Empty for the routes without a site.
        package let site: String
        /// The path; empty where there is none.
        package let route: String
    }

    /// A scrape says about 40 lines of a busy route.
    private static let most = 1024

    private let names = Mutex<[Name]>([
        Name(site: "", route: ""), Name(site: "", route: "(health)"), Name(site: "", route: "(others)"),
    ])
    private static let others = RouteNumber(index: 2)

    package init() {}

    /// The number of a route: the same one whenever it is asked for.
    package func number(site: String, route: String) -> RouteNumber {
        let name = Name(site: site, route: route)
        return names.withLock { names in
            if let index = names.firstIndex(of: name) { return RouteNumber(index: index) }
            guard names.count < Self.most else { return Self.others }
            names.append(name)
            return RouteNumber(index: names.count - 1)
        }
    }

    package var all: [Name] { names.withLock { $0 } }
}

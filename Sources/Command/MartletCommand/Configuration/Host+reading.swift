import MartletGateway
import MartletServer
import MartletSettings

/// Reading what some names stand for: `[site."example.com"]`, and the routes below it.
extension Host {
    init(
        named title: String,
        reading table: ConfigurationTable,
        _ document: ConfigurationDocument,
        _ homes: SettingHomes
    ) {
        place = document.places.table(table.path)
        add(title, at: place, document)
        self.title = names.first.map { "\($0)" } ?? title
        // The name of the table goes before those that are given beside it.
        let own = names
        table.read(Self.settings, into: &self)
        names = own + names.filter { !own.contains($0) }
        tls = HostTLS(reading: table, document)
        policies = PolicySettings(reading: table, document)
        readRoutes(table, document, homes)
        if routes.isEmpty, !table.keys.contains("route") {
            let example = "[\((table.path + ["route", "/"]).dotted)] with wsgi = \"hello:app\" below it"
            document.add(place, "the site \(title) has no route; write \(example)")
        }
        table.refuseTheRest(elsewhere: homes.merged(homes.server, homes.limits, homes.routes))
    }

    private mutating func add(_ name: String, at place: TextPlace, _ document: ConfigurationDocument) {
        do throws(HostNameError) {
            names.append(try HostName(parsing: name))
        } catch {
            document.add(place, "\(error)")
        }
    }

    mutating func readRoutes(
        _ table: ConfigurationTable,
        _ document: ConfigurationDocument,
        _ homes: SettingHomes
    ) {
        guard let inner = table.inner("route") else { return }
        for key in inner.keys {
            let place = document.places.key(inner.path + [key])
            guard key.hasPrefix("/") else {
                let example = "[\(inner.path.dotted).\"/\"] with wsgi = \"hello:app\" below it"
                document.add(place, "'\(key)' is not the path of a route, which begins with a slash; write \(example)")
                continue
            }
            guard let own = inner.inner(key) else { continue }
            do throws(MountPathError) {
                add(Route(host: self.title, path: try MountPath(parsing: key), reading: own, document, homes), document)
            } catch {
                document.add(place, "\(error)")
            }
        }
        routes.sort { $0.places.table < $1.places.table }
    }

    private mutating func add(_ route: Route?, _ document: ConfigurationDocument) {
        guard let route else { return }
        if let other = routes.first(where: { $0.path == route.path }) {
            let (first, second) = (
                min(other.places.table, route.places.table), max(other.places.table, route.places.table)
            )
            document.add(second, "the path \(other.path) has two routes; the other one is in line \(first.line)")
        }
        routes.append(route)
    }
}

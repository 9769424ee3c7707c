import Glibc
package import Logging
import MartletGateway
import Synchronization

extension CertificateStore {
    /// Reads everything that a server needs from its start on.
    ///
    /// - Throws: ``TLSFailure`` with all that is wrong.
    func load(_ settings: TLSSettings) throws(TLSFailure) {
        var faults: [(site: String?, fault: TLSFault)] = []
        var entries: [Entry] = []
        for settings in settings.sites {
            var entry = Entry(settings: settings)
            do throws(TLSFault) {
                if settings.certificate != nil { entry.site = try SecureSite(reading: settings, in: self) }
            } catch {
                faults.append((settings.title, error))
            }
            entries.append(entry)
        }
        if !faults.isEmpty { throw TLSFailure(faults) }
        table.withLock { [entries] in $0 = Table(entries) }
    }

    /// What is wrong with what a site encrypts with; nil if nothing is.
    package static func fault(in settings: TLSSite) -> TLSFault? {
        guard settings.certificate != nil || settings.key != nil else { return nil }
        do throws(TLSFault) {
            _ = try SecureSite(reading: settings, in: CertificateStore())
            return nil
        } catch {
            return error
        }
    }

    /// Takes up other settings. What cannot be read is logged; a site that was there goes on with what it had.
    package func replace(_ settings: TLSSettings, logger: Logger) {
        let old = table.withLock { $0.entries }
        let entries = settings.sites.map { settings in
            let known = old.first { $0.settings == settings }
            var entry = known ?? Entry(settings: settings)
            if known == nil { entry.site = old.first { $0.settings.names == settings.names }?.site }
            reread(&entry, logger, isNew: known == nil)
            return entry
        }
        table.withLock { table in
            let challenges = table.challenges
            table = Table(entries)
            table.challenges = challenges
        }
    }

    /// Looks whether files have changed, and takes up those that have. Reads files: not on an event loop.
    package func refresh(logger: Logger) {
        for index in 0..<table.withLock({ $0.entries.count }) {
            guard var entry = table.withLock({ $0.entries.indices.contains(index) ? $0.entries[index] : nil }) else {
                return
            }
            let before = (entry.site, entry.refused)
            reread(&entry, logger, isNew: false)
            guard entry.site !== before.0 || entry.refused != before.1 else { continue }
            table.withLock { [entry] table in
                // Another reload may have come first.
                guard table.entries.indices.contains(index), table.entries[index].settings == entry.settings else {
                    return
                }
                table.entries[index] = entry
            }
        }
    }

    private func reread(_ entry: inout Entry, _ logger: Logger, isNew: Bool) {
        guard entry.settings.certificate != nil else { return }
        let stamp = FileStamp(entry.settings.files)
        guard isNew || stamp != entry.site?.stamp && stamp != entry.refused else { return }
        let name = entry.settings.title ?? "every name"
        do throws(TLSFault) {
            entry.site = try SecureSite(reading: entry.settings, in: self)
            entry.refused = nil
            if !isNew {
                logger.notice("The certificate of \(name) has been renewed: \(entry.settings.certificate ?? "").")
            }
        } catch {
            entry.refused = stamp
            logger.error("The new certificate of \(name) is refused, and the former one kept: \(error).")
        }
    }
}

extension CertificateStore {
    /// Whether a certificate can be used now and for a while, and is for these names.
    package static func isGood(_ settings: TLSSite, for time: Duration, names: [String]) -> Bool {
        guard let site = try? SecureSite(reading: settings, in: CertificateStore()) else { return false }
        let isCovered = names.allSatisfy { name in Array(name.utf8).withUnsafeBytes { site.names.cover($0) } }
        return isCovered && site.expires > Glibc.time(nil) + Int(time.components.seconds)
    }
}

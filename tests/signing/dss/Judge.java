import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.simplereport.SimpleReport;
import eu.europa.esig.dss.spi.DSSUtils;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.spi.x509.CommonTrustedCertificateSource;
import eu.europa.esig.dss.validation.SignedDocumentValidator;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Judges files offline: java Judge ROOTS.pem POLICY.xml FILE... One line per finding, with tabs. */
public class Judge {
    public static void main(String[] arguments) throws Exception {
        CommonTrustedCertificateSource trusted = new CommonTrustedCertificateSource();
        String pem = Files.readString(Path.of(arguments[0]), StandardCharsets.US_ASCII);
        for (String block : pem.split("(?=-----BEGIN CERTIFICATE)")) {
            if (block.contains("BEGIN CERTIFICATE")) {
                trusted.addCertificate(DSSUtils.loadCertificate(block.getBytes(StandardCharsets.US_ASCII)));
            }
        }
        for (int place = 2; place < arguments.length; place++) {
            judge(arguments[place], new File(arguments[1]), trusted);
        }
    }

    private static void judge(String name, File policy, CommonTrustedCertificateSource trusted) {
        SignedDocumentValidator validator =
                SignedDocumentValidator.fromDocument(new FileDocument(new File(name)));
        CommonCertificateVerifier verifier = new CommonCertificateVerifier(true);
        verifier.setTrustedCertSources(trusted);
        validator.setCertificateVerifier(verifier);
        SimpleReport report = validator.validateDocument(policy).getSimpleReport();
        for (String id : report.getSignatureIdList()) {
            say(name, "signature", report.getIndication(id), report.getSignatureFormat(id));
            complain(name, report, id);
        }
        for (String id : report.getTimestampIdList()) {
            say(name, "timestamp", report.getIndication(id), report.getProducedBy(id));
            complain(name, report, id);
        }
    }

    private static void complain(String name, SimpleReport report, String id) {
        report.getAdESValidationErrors(id).forEach(row -> say(name, "error", row.getKey(), row.getValue()));
        report.getAdESValidationWarnings(id).forEach(row -> say(name, "warning", row.getKey(), row.getValue()));
    }

    private static void say(String name, String kind, Object first, Object second) {
        System.out.println(name + "\t" + kind + "\t" + first + "\t" + second);
    }
}

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.zip.CRC32;

/** What java.util.jar.JarFile sees in each file of a directory, by name: "FILE refused", or "FILE" and for each member
 *  its name in hexadecimal with the length and checksum of its content, or "unreadable". */
public final class ReadZips {
    public static void main(String[] arguments) throws Exception {
        Set<Path> files = new TreeSet<>();
        try (var listed = Files.newDirectoryStream(Path.of(arguments[0]))) {
            listed.forEach(files::add);
        }
        StringBuilder output = new StringBuilder();
        for (Path file : files) {
            output.append(file.getFileName());
            try (JarFile jar = new JarFile(file.toFile(), false)) {
                Set<String> names = new LinkedHashSet<>();
                jar.stream().map(JarEntry::getName).forEach(names::add);
                for (String name : names) {
                    output.append(' ').append(hexadecimal(name)).append(':').append(content(jar, name));
                }
                output.append('\n');
            } catch (Exception error) {
                output.append(" refused\n");
            }
        }
        System.out.print(output);
    }

    private static String content(JarFile jar, String name) {
        try (InputStream stream = jar.getInputStream(jar.getEntry(name))) {
            byte[] bytes = stream.readAllBytes();
            CRC32 check = new CRC32();
            check.update(bytes);
            return bytes.length + "/" + check.getValue();
        } catch (Exception error) {
            return "unreadable";
        }
    }

    private static String hexadecimal(String name) throws Exception {
        StringBuilder digits = new StringBuilder();
        for (byte one : name.getBytes("UTF-8")) {
            digits.append(String.format("%02x", one));
        }
        return digits.toString();
    }
}

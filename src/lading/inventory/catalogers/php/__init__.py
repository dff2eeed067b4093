"""PHP: what Composer and PEAR installed, and WordPress with its plugins and themes."""

from lading.inventory.catalogers.php import composer, pear, wordpress

CATALOGERS = (composer.CATALOGER, pear.CATALOGER, wordpress.CATALOGER)

BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0003');
CREATE TABLE attempts (
	id VARCHAR NOT NULL, 
	task VARCHAR NOT NULL, 
	nodes TEXT NOT NULL, 
	hosts TEXT NOT NULL, 
	directory VARCHAR NOT NULL, 
	state VARCHAR, 
	rc INTEGER, 
	message TEXT, 
	started FLOAT NOT NULL, 
	ended FLOAT, 
	interrupted_hosts TEXT, 
	leftovers TEXT, 
	PRIMARY KEY (id), 
	FOREIGN KEY(task) REFERENCES tasks (id) ON DELETE CASCADE
);
INSERT INTO "attempts" VALUES('20261129-192204-408075.000001','20261129-192204-408075','["p/m/t/a", "p/m/t/b"]','["h1", "h2"]','/srv/worldtree/tasks/20261129-192204-408075/attempts/20261129-192204-408075.000001','finished',2,NULL,1.79598012469776153565e+09,1.79598012474370193483e+09,'[]','[]');
INSERT INTO "attempts" VALUES('20261129-192204-e474ce.000001','20261129-192204-e474ce','["p/m/t/a", "p/m/t/b"]','["h1", "h2"]','/srv/worldtree/tasks/20261129-192204-e474ce/attempts/20261129-192204-e474ce.000001','finished',0,NULL,1.79598012478395318985e+09,1.79598012479172587391e+09,'[]','[]');
INSERT INTO "attempts" VALUES('20261129-192204-e474ce.000002','20261129-192204-e474ce','["p/m/t/c"]','["h1", "h2"]','/srv/worldtree/tasks/20261129-192204-e474ce/attempts/20261129-192204-e474ce.000002','finished',0,NULL,1.79598012479220366481e+09,1.79598012481058406835e+09,'[]','[]');
CREATE TABLE audit (
	id INTEGER NOT NULL, 
	time FLOAT NOT NULL, 
	who VARCHAR NOT NULL, 
	what VARCHAR NOT NULL, 
	cluster VARCHAR, 
	task VARCHAR, 
	detail TEXT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "audit" VALUES(1,1.79598012467219591138e+09,'root@vm, process 4617','task-created','shop','20261129-192204-408075','apply');
INSERT INTO "audit" VALUES(2,1.79598012477511096004e+09,'root@vm, process 4617','task-created','shop','20261129-192204-e474ce','apply');
INSERT INTO "audit" VALUES(3,1.79598012483018422131e+09,'root@vm, process 4617','task-created','shop','20261129-192204-71d15b','verify');
CREATE TABLE blobs (
	digest VARCHAR(64) NOT NULL, 
	size INTEGER NOT NULL, 
	body BLOB NOT NULL, 
	PRIMARY KEY (digest)
);
INSERT INTO "blobs" VALUES('70a239590a8f592a31e9cb41cbf9e75b44f5dd06d25c800a24fe12be1948f7cb',400013,X'7801EDD0311500100005C02E3F863C7603264F1B4D1493C276EF1ADC4A1FB5CD91927B3060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103FF07B21FC5C6D947');
CREATE TABLE clusters (
	name VARCHAR NOT NULL, 
	created FLOAT NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "clusters" VALUES('shop',1.79598012466361761085e+09);
CREATE TABLE documents (
	digest VARCHAR(64) NOT NULL, 
	cluster VARCHAR NOT NULL, 
	version INTEGER NOT NULL, 
	body TEXT NOT NULL, 
	created FLOAT NOT NULL, 
	PRIMARY KEY (digest), 
	FOREIGN KEY(cluster) REFERENCES clusters (name), 
	CONSTRAINT documents_by_version UNIQUE (cluster, version)
);
CREATE TABLE events (
	task VARCHAR NOT NULL, 
	seq INTEGER NOT NULL, 
	kind VARCHAR NOT NULL, 
	time FLOAT NOT NULL, 
	attempt VARCHAR, 
	node VARCHAR, 
	host VARCHAR, 
	body TEXT NOT NULL, 
	blob VARCHAR(64), line INTEGER, 
	PRIMARY KEY (task, seq), 
	FOREIGN KEY(blob) REFERENCES blobs (digest), 
	FOREIGN KEY(task) REFERENCES tasks (id) ON DELETE CASCADE
);
INSERT INTO "events" VALUES('20261129-192204-408075',1,'task-started',1.79598012469740343092e+09,NULL,NULL,NULL,'{"version":4,"seq":1,"kind":"task-started","time":1795980124.6974034,"result":{"task_id":"20261129-192204-408075","cluster":"shop","pipeline":"p","nodes":[{"id":"p/m/t/a","hosts":["h1","h2"]},{"id":"p/m/t/b","hosts":["h1","h2"]},{"id":"p/m/t/c","hosts":["h1","h2"]}]}}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-192204-408075',2,'attempt-started',1.79598012469776153565e+09,'20261129-192204-408075.000001',NULL,NULL,'{"version":4,"seq":2,"kind":"attempt-started","time":1795980124.6977615,"attempt":"20261129-192204-408075.000001","result":{"nodes":["p/m/t/a","p/m/t/b"],"hosts":["h1","h2"],"directory":"/srv/worldtree/tasks/20261129-192204-408075/attempts/20261129-192204-408075.000001","process":{"user":"root","host":"vm","machine":"3d1219c7c4c5404aaa1f6d2a48adfda4","boot":"438ad067-a355-437a-8522-3dd836cf35cd","namespace":"pid:[4026531836]","pid":4617,"started":6899677}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-192204-408075',3,'node-started',1.79598012469779682153e+09,'20261129-192204-408075.000001','p/m/t/a',NULL,'{"version":4,"seq":3,"kind":"node-started","time":1795980124.6977968,"attempt":"20261129-192204-408075.000001","node":"p/m/t/a"}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-192204-408075',4,'play-started',1.79598012474349880219e+09,'20261129-192204-408075.000001','p/m/t/a',NULL,'{"version":4,"seq":4,"kind":"play-started","time":1795980124.7434988,"attempt":"20261129-192204-408075.000001","node":"p/m/t/a"}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-192204-408075',5,'host-task-started',1.79598012474354124063e+09,'20261129-192204-408075.000001','p/m/t/a','h1','{"version":4,"seq":5,"kind":"host-task-started","time":1795980124.7435412,"attempt":"20261129-192204-408075.000001","node":"p/m/t/a","host":"h1","name":"Simulated"}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-192204-408075',6,'host-task-started',1.79598012474354910847e+09,'20261129-192204-408075.000001','p/m/t/a','h2','{"version":4,"seq":6,"kind":"host-task-started","time":1795980124.743549,"attempt":"20261129-192204-408075.000001","node":"p/m/t/a","host":"h2","name":"Simulated"}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-192204-408075',7,'host-task-finished',1.79598012474356913568e+09,'20261129-192204-408075.000001','p/m/t/a','h1','{"version":4,"seq":7,"kind":"host-task-finished","time":1795980124.7435691,"attempt":"20261129-192204-408075.000001","node":"p/m/t/a","host":"h1","name":"Simulated","status":"ok"}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-192204-408075',8,'host-task-finished',1.79598012474357891085e+09,'20261129-192204-408075.000001','p/m/t/a','h2','{"version":4,"seq":8,"kind":"host-task-finished","time":1795980124.743579,"attempt":"20261129-192204-408075.000001","node":"p/m/t/a","host":"h2","name":"Simulated","status":"failed","message":"simulated: failed"}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-192204-408075',9,'play-started',1.79598012474358558658e+09,'20261129-192204-408075.000001','p/m/t/b',NULL,'{"version":4,"seq":9,"kind":"play-started","time":1795980124.7435856,"attempt":"20261129-192204-408075.000001","node":"p/m/t/b"}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-192204-408075',10,'host-task-started',1.79598012474359059334e+09,'20261129-192204-408075.000001','p/m/t/b','h1','{"version":4,"seq":10,"kind":"host-task-started","time":1795980124.7435906,"attempt":"20261129-192204-408075.000001","node":"p/m/t/b","host":"h1","name":"Simulated"}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-192204-408075',11,'host-task-finished',1.79598012474359893797e+09,'20261129-192204-408075.000001','p/m/t/b','h1','{"version":4,"seq":11,"kind":"host-task-finished","time":1795980124.743599,"attempt":"20261129-192204-408075.000001","node":"p/m/t/b","host":"h1","name":"Simulated","status":"ok"}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-192204-408075',12,'run-stats',1.79598012474360919001e+09,'20261129-192204-408075.000001',NULL,NULL,'{"version":4,"seq":12,"kind":"run-stats","time":1795980124.7436092,"attempt":"20261129-192204-408075.000001","result":{"failures":{"h2":1},"dark":{}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-192204-408075',13,'attempt-finished',1.79598012474370193483e+09,'20261129-192204-408075.000001',NULL,NULL,'{"version":4,"seq":13,"kind":"attempt-finished","time":1795980124.743702,"attempt":"20261129-192204-408075.000001","status":"finished","result":{"rc":2,"complete":true,"interrupted_hosts":[],"leftovers":[]}}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-192204-408075',14,'node-started',1.79598012474395346644e+09,'20261129-192204-408075.000001','p/m/t/b',NULL,'{"version":4,"seq":14,"kind":"node-started","time":1795980124.7439535,"attempt":"20261129-192204-408075.000001","node":"p/m/t/b"}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-192204-408075',15,'node-skipped',1.79598012474402570727e+09,NULL,'p/m/t/b','h2','{"version":4,"seq":15,"kind":"node-skipped","time":1795980124.7440257,"node":"p/m/t/b","host":"h2","caused_by":"p/m/t/a"}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-192204-408075',16,'node-finished',1.79598012474409604068e+09,NULL,'p/m/t/a',NULL,'{"version":4,"seq":16,"kind":"node-finished","time":1795980124.744096,"node":"p/m/t/a","status":"failed","result":{"hosts":{"h1":{"status":"ok","changed":false,"message":null,"started":1795980124.7435412,"ended":1795980124.7435691},"h2":{"status":"failed","changed":false,"message":"Simulated: simulated: failed","started":1795980124.743549,"ended":1795980124.743579}}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-192204-408075',17,'node-finished',1.79598012474414944652e+09,NULL,'p/m/t/b',NULL,'{"version":4,"seq":17,"kind":"node-finished","time":1795980124.7441494,"node":"p/m/t/b","status":"succeeded","result":{"hosts":{"h1":{"status":"ok","changed":false,"message":null,"started":1795980124.7435906,"ended":1795980124.743599}}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-192204-408075',18,'node-skipped',1.79598012474419021613e+09,NULL,'p/m/t/c',NULL,'{"version":4,"seq":18,"kind":"node-skipped","time":1795980124.7441902,"node":"p/m/t/c","caused_by":"p/m/t/a"}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-192204-408075',19,'task-finished',1.79598012474424433707e+09,NULL,NULL,NULL,'{"version":4,"seq":19,"kind":"task-finished","time":1795980124.7442443,"status":"partial"}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-192204-e474ce',1,'task-started',1.79598012478378486634e+09,NULL,NULL,NULL,'{"version":4,"seq":1,"kind":"task-started","time":1795980124.7837849,"result":{"task_id":"20261129-192204-e474ce","cluster":"shop","pipeline":"p","nodes":[{"id":"p/m/t/a","hosts":["h1","h2"]},{"id":"p/m/t/b","hosts":["h1","h2"]},{"id":"p/m/t/c","hosts":["h1","h2"]}]}}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-192204-e474ce',2,'attempt-started',1.79598012478395318985e+09,'20261129-192204-e474ce.000001',NULL,NULL,'{"version":4,"seq":2,"kind":"attempt-started","time":1795980124.7839532,"attempt":"20261129-192204-e474ce.000001","result":{"nodes":["p/m/t/a","p/m/t/b"],"hosts":["h1","h2"],"directory":"/srv/worldtree/tasks/20261129-192204-e474ce/attempts/20261129-192204-e474ce.000001","process":{"user":"root","host":"vm","machine":"3d1219c7c4c5404aaa1f6d2a48adfda4","boot":"438ad067-a355-437a-8522-3dd836cf35cd","namespace":"pid:[4026531836]","pid":4617,"started":6899677}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-192204-e474ce',3,'node-started',1.79598012478398919109e+09,'20261129-192204-e474ce.000001','p/m/t/a',NULL,'{"version":4,"seq":3,"kind":"node-started","time":1795980124.7839892,"attempt":"20261129-192204-e474ce.000001","node":"p/m/t/a"}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-192204-e474ce',4,'play-started',1.79598012479155659678e+09,'20261129-192204-e474ce.000001','p/m/t/a',NULL,'{"version":4,"seq":4,"kind":"play-started","time":1795980124.7915566,"attempt":"20261129-192204-e474ce.000001","node":"p/m/t/a"}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-192204-e474ce',5,'host-task-started',1.79598012479158544545e+09,'20261129-192204-e474ce.000001','p/m/t/a','h1','{"version":4,"seq":5,"kind":"host-task-started","time":1795980124.7915854,"attempt":"20261129-192204-e474ce.000001","node":"p/m/t/a","host":"h1","name":"Simulated"}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-192204-e474ce',6,'host-task-started',1.79598012479159498209e+09,'20261129-192204-e474ce.000001','p/m/t/a','h2','{"version":4,"seq":6,"kind":"host-task-started","time":1795980124.791595,"attempt":"20261129-192204-e474ce.000001","node":"p/m/t/a","host":"h2","name":"Simulated"}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-192204-e474ce',7,'host-task-finished',1.79598012479161310193e+09,'20261129-192204-e474ce.000001','p/m/t/a','h1','{"version":4,"seq":7,"kind":"host-task-finished","time":1795980124.791613,"attempt":"20261129-192204-e474ce.000001","node":"p/m/t/a","host":"h1","name":"Simulated","status":"changed"}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-192204-e474ce',8,'host-task-finished',1.79598012479162192343e+09,'20261129-192204-e474ce.000001','p/m/t/a','h2','{"version":4,"seq":8,"kind":"host-task-finished","time":1795980124.791622,"attempt":"20261129-192204-e474ce.000001","node":"p/m/t/a","host":"h2","name":"Simulated","status":"changed"}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-192204-e474ce',9,'play-started',1.79598012479162740711e+09,'20261129-192204-e474ce.000001','p/m/t/b',NULL,'{"version":4,"seq":9,"kind":"play-started","time":1795980124.7916274,"attempt":"20261129-192204-e474ce.000001","node":"p/m/t/b"}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-192204-e474ce',10,'host-task-started',1.79598012479163193699e+09,'20261129-192204-e474ce.000001','p/m/t/b','h1','{"version":4,"seq":10,"kind":"host-task-started","time":1795980124.791632,"attempt":"20261129-192204-e474ce.000001","node":"p/m/t/b","host":"h1","name":"Simulated"}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-192204-e474ce',11,'host-task-started',1.79598012479163599008e+09,'20261129-192204-e474ce.000001','p/m/t/b','h2','{"version":4,"seq":11,"kind":"host-task-started","time":1795980124.791636,"attempt":"20261129-192204-e474ce.000001","node":"p/m/t/b","host":"h2","name":"Simulated"}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-192204-e474ce',12,'host-task-finished',1.79598012479164338109e+09,'20261129-192204-e474ce.000001','p/m/t/b','h1','{"version":4,"seq":12,"kind":"host-task-finished","time":1795980124.7916434,"attempt":"20261129-192204-e474ce.000001","node":"p/m/t/b","host":"h1","name":"Simulated","status":"ok"}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-192204-e474ce',13,'host-task-finished',1.79598012479164910321e+09,'20261129-192204-e474ce.000001','p/m/t/b','h2','{"version":4,"seq":13,"kind":"host-task-finished","time":1795980124.791649,"attempt":"20261129-192204-e474ce.000001","node":"p/m/t/b","host":"h2","name":"Simulated","status":"ok"}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-192204-e474ce',14,'run-stats',1.79598012479165482519e+09,'20261129-192204-e474ce.000001',NULL,NULL,'{"version":4,"seq":14,"kind":"run-stats","time":1795980124.7916548,"attempt":"20261129-192204-e474ce.000001","result":{"failures":{},"dark":{}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-192204-e474ce',15,'attempt-finished',1.79598012479172587391e+09,'20261129-192204-e474ce.000001',NULL,NULL,'{"version":4,"seq":15,"kind":"attempt-finished","time":1795980124.7917259,"attempt":"20261129-192204-e474ce.000001","status":"finished","result":{"rc":0,"complete":true,"interrupted_hosts":[],"leftovers":[]}}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-192204-e474ce',16,'node-finished',1.79598012479204821589e+09,NULL,'p/m/t/a',NULL,'{"version":4,"seq":16,"kind":"node-finished","time":1795980124.7920482,"node":"p/m/t/a","status":"succeeded","result":{"hosts":{"h1":{"status":"changed","changed":true,"message":null,"started":1795980124.7915854,"ended":1795980124.791613},"h2":{"status":"changed","changed":true,"message":null,"started":1795980124.791595,"ended":1795980124.791622}}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-192204-e474ce',17,'node-started',1.7959801247920751571e+09,'20261129-192204-e474ce.000001','p/m/t/b',NULL,'{"version":4,"seq":17,"kind":"node-started","time":1795980124.7920752,"attempt":"20261129-192204-e474ce.000001","node":"p/m/t/b"}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-192204-e474ce',18,'node-finished',1.79598012479211688037e+09,NULL,'p/m/t/b',NULL,'{"version":4,"seq":18,"kind":"node-finished","time":1795980124.7921169,"node":"p/m/t/b","status":"succeeded","result":{"hosts":{"h1":{"status":"ok","changed":false,"message":null,"started":1795980124.791632,"ended":1795980124.7916434},"h2":{"status":"ok","changed":false,"message":null,"started":1795980124.791636,"ended":1795980124.791649}}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-192204-e474ce',19,'attempt-started',1.79598012479220366481e+09,'20261129-192204-e474ce.000002',NULL,NULL,'{"version":4,"seq":19,"kind":"attempt-started","time":1795980124.7922037,"attempt":"20261129-192204-e474ce.000002","result":{"nodes":["p/m/t/c"],"hosts":["h1","h2"],"directory":"/srv/worldtree/tasks/20261129-192204-e474ce/attempts/20261129-192204-e474ce.000002","process":{"user":"root","host":"vm","machine":"3d1219c7c4c5404aaa1f6d2a48adfda4","boot":"438ad067-a355-437a-8522-3dd836cf35cd","namespace":"pid:[4026531836]","pid":4617,"started":6899677}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-192204-e474ce',20,'node-started',1.79598012479222083094e+09,'20261129-192204-e474ce.000002','p/m/t/c',NULL,'{"version":4,"seq":20,"kind":"node-started","time":1795980124.7922208,"attempt":"20261129-192204-e474ce.000002","node":"p/m/t/c"}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-192204-e474ce',21,'play-started',1.79598012481033635144e+09,'20261129-192204-e474ce.000002','p/m/t/c',NULL,'{"version":4,"seq":21,"kind":"play-started","time":1795980124.8103364,"attempt":"20261129-192204-e474ce.000002","node":"p/m/t/c"}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-192204-e474ce',22,'host-task-started',1.7959801248103783131e+09,'20261129-192204-e474ce.000002','p/m/t/c','h1','{"version":4,"seq":22,"kind":"host-task-started","time":1795980124.8103783,"attempt":"20261129-192204-e474ce.000002","node":"p/m/t/c","host":"h1","name":"Simulated"}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-192204-e474ce',23,'host-task-started',1.79598012481038618081e+09,'20261129-192204-e474ce.000002','p/m/t/c','h2','{"version":4,"seq":23,"kind":"host-task-started","time":1795980124.8103862,"attempt":"20261129-192204-e474ce.000002","node":"p/m/t/c","host":"h2","name":"Simulated"}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-192204-e474ce',24,'host-task-finished',1.79598012481040596958e+09,'20261129-192204-e474ce.000002','p/m/t/c','h1','{"version":4,"seq":24,"kind":"host-task-finished","time":1795980124.810406,"attempt":"20261129-192204-e474ce.000002","node":"p/m/t/c","host":"h1","name":"Simulated","status":"ok"}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-192204-e474ce',25,'host-task-finished',1.79598012481041359898e+09,'20261129-192204-e474ce.000002','p/m/t/c','h2','{"version":4,"seq":25,"kind":"host-task-finished","time":1795980124.8104136,"attempt":"20261129-192204-e474ce.000002","node":"p/m/t/c","host":"h2","name":"Simulated","status":"ok"}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-192204-e474ce',26,'run-stats',1.79598012481041979793e+09,'20261129-192204-e474ce.000002',NULL,NULL,'{"version":4,"seq":26,"kind":"run-stats","time":1795980124.8104198,"attempt":"20261129-192204-e474ce.000002","result":{"failures":{},"dark":{}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-192204-e474ce',27,'attempt-finished',1.79598012481058406835e+09,'20261129-192204-e474ce.000002',NULL,NULL,'{"version":4,"seq":27,"kind":"attempt-finished","time":1795980124.810584,"attempt":"20261129-192204-e474ce.000002","status":"finished","result":{"rc":0,"complete":true,"interrupted_hosts":[],"leftovers":[]}}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-192204-e474ce',28,'node-finished',1.79598012481101846696e+09,NULL,'p/m/t/c',NULL,'{"version":4,"seq":28,"kind":"node-finished","time":1795980124.8110185,"node":"p/m/t/c","status":"succeeded","result":{"hosts":{"h1":{"status":"ok","changed":false,"message":null,"started":1795980124.8103783,"ended":1795980124.810406},"h2":{"status":"ok","changed":false,"message":null,"started":1795980124.8103862,"ended":1795980124.8104136}}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-192204-e474ce',29,'task-finished',1.79598012481108546259e+09,NULL,NULL,NULL,'{"version":4,"seq":29,"kind":"task-finished","time":1795980124.8110855,"status":"succeeded"}',NULL,NULL);
INSERT INTO "events" VALUES('20261129-192204-71d15b',1,'run-message',1.0,NULL,NULL,NULL,'{"version":4,"seq":1,"kind":"run-message","time":1.0}','70a239590a8f592a31e9cb41cbf9e75b44f5dd06d25c800a24fe12be1948f7cb',NULL);
CREATE TABLE facts (
	cluster VARCHAR NOT NULL, 
	host VARCHAR NOT NULL, 
	body TEXT NOT NULL, 
	gathered FLOAT NOT NULL, 
	PRIMARY KEY (cluster, host), 
	FOREIGN KEY(cluster) REFERENCES clusters (name)
);
CREATE TABLE host_results (
	task VARCHAR NOT NULL, 
	node VARCHAR NOT NULL, 
	host VARCHAR NOT NULL, 
	status VARCHAR NOT NULL, 
	changed BOOLEAN NOT NULL, 
	message TEXT, 
	caused_by VARCHAR, 
	started FLOAT, 
	ended FLOAT, 
	PRIMARY KEY (task, node, host), 
	FOREIGN KEY(task) REFERENCES tasks (id) ON DELETE CASCADE
);
INSERT INTO "host_results" VALUES('20261129-192204-408075','p/m/t/a','h1','ok',0,NULL,NULL,1.79598012474354124063e+09,1.79598012474356913568e+09);
INSERT INTO "host_results" VALUES('20261129-192204-408075','p/m/t/a','h2','failed',0,'Simulated: simulated: failed',NULL,1.79598012474354910847e+09,1.79598012474357891085e+09);
INSERT INTO "host_results" VALUES('20261129-192204-408075','p/m/t/b','h1','ok',0,NULL,NULL,1.79598012474359059334e+09,1.79598012474359893797e+09);
INSERT INTO "host_results" VALUES('20261129-192204-408075','p/m/t/b','h2','not-run',0,NULL,'p/m/t/a',NULL,NULL);
INSERT INTO "host_results" VALUES('20261129-192204-408075','p/m/t/c','h1','not-run',0,NULL,NULL,NULL,NULL);
INSERT INTO "host_results" VALUES('20261129-192204-408075','p/m/t/c','h2','not-run',0,NULL,NULL,NULL,NULL);
INSERT INTO "host_results" VALUES('20261129-192204-e474ce','p/m/t/a','h1','changed',1,NULL,NULL,1.79598012479158544545e+09,1.79598012479161310193e+09);
INSERT INTO "host_results" VALUES('20261129-192204-e474ce','p/m/t/a','h2','changed',1,NULL,NULL,1.79598012479159498209e+09,1.79598012479162192343e+09);
INSERT INTO "host_results" VALUES('20261129-192204-e474ce','p/m/t/b','h1','ok',0,NULL,NULL,1.79598012479163193699e+09,1.79598012479164338109e+09);
INSERT INTO "host_results" VALUES('20261129-192204-e474ce','p/m/t/b','h2','ok',0,NULL,NULL,1.79598012479163599008e+09,1.79598012479164910321e+09);
INSERT INTO "host_results" VALUES('20261129-192204-e474ce','p/m/t/c','h1','ok',0,NULL,NULL,1.7959801248103783131e+09,1.79598012481040596958e+09);
INSERT INTO "host_results" VALUES('20261129-192204-e474ce','p/m/t/c','h2','ok',0,NULL,NULL,1.79598012481038618081e+09,1.79598012481041359898e+09);
CREATE TABLE leases (
	cluster VARCHAR NOT NULL, 
	epoch INTEGER NOT NULL, 
	task VARCHAR NOT NULL, 
	holder TEXT NOT NULL, 
	acquired FLOAT NOT NULL, 
	heartbeat FLOAT NOT NULL, 
	released FLOAT, 
	PRIMARY KEY (cluster), 
	FOREIGN KEY(cluster) REFERENCES clusters (name)
);
CREATE TABLE nodes (
	task VARCHAR NOT NULL, 
	id VARCHAR NOT NULL, 
	position INTEGER NOT NULL, 
	status VARCHAR NOT NULL, 
	caused_by VARCHAR, 
	message TEXT, 
	started FLOAT, 
	ended FLOAT, 
	attempts INTEGER NOT NULL, 
	PRIMARY KEY (task, id), 
	FOREIGN KEY(task) REFERENCES tasks (id) ON DELETE CASCADE
);
INSERT INTO "nodes" VALUES('20261129-192204-408075','p/m/t/a',0,'failed',NULL,NULL,1.79598012469779682153e+09,1.79598012474409604068e+09,1);
INSERT INTO "nodes" VALUES('20261129-192204-408075','p/m/t/b',1,'succeeded',NULL,NULL,1.79598012474395346644e+09,1.79598012474414944652e+09,1);
INSERT INTO "nodes" VALUES('20261129-192204-408075','p/m/t/c',2,'skipped','p/m/t/a',NULL,NULL,1.79598012474419021613e+09,0);
INSERT INTO "nodes" VALUES('20261129-192204-e474ce','p/m/t/a',0,'succeeded',NULL,NULL,1.79598012478398919109e+09,1.79598012479204821589e+09,1);
INSERT INTO "nodes" VALUES('20261129-192204-e474ce','p/m/t/b',1,'succeeded',NULL,NULL,1.7959801247920751571e+09,1.79598012479211688037e+09,1);
INSERT INTO "nodes" VALUES('20261129-192204-e474ce','p/m/t/c',2,'succeeded',NULL,NULL,1.79598012479222083094e+09,1.79598012481101846696e+09,1);
CREATE TABLE outputs (
	task VARCHAR NOT NULL, 
	node VARCHAR NOT NULL, 
	host VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	body TEXT NOT NULL, 
	PRIMARY KEY (task, node, host, name), 
	FOREIGN KEY(task) REFERENCES tasks (id) ON DELETE CASCADE
);
CREATE TABLE plans (
	digest VARCHAR(64) NOT NULL, 
	cluster VARCHAR NOT NULL, 
	pipeline VARCHAR NOT NULL, 
	version INTEGER NOT NULL, 
	body TEXT NOT NULL, 
	created FLOAT NOT NULL, 
	PRIMARY KEY (digest), 
	FOREIGN KEY(cluster) REFERENCES clusters (name)
);
INSERT INTO "plans" VALUES('904153e0afab95519287242987bad3f050b102c00715d5f03146140c63be7f97','shop','p',6,'{"version":6,"cluster":"shop","pipeline":"p","parameters":{},"hosts":[{"name":"h1","address":"h1","internal_address":null,"connection":"local","port":22,"user":null,"bastion":null,"roles":[],"labels":{},"vars":{},"inherited":{},"ssh":{"private_key_file":null,"private_key":null,"password":null,"become_password":null,"known_hosts_file":null,"timeout":10.0,"become":false,"become_user":"root","host_key_checking":"accept-new"}},{"name":"h2","address":"h2","internal_address":null,"connection":"local","port":22,"user":null,"bastion":null,"roles":[],"labels":{},"vars":{},"inherited":{},"ssh":{"private_key_file":null,"private_key":null,"password":null,"become_password":null,"known_hosts_file":null,"timeout":10.0,"become":false,"become_user":"root","host_key_checking":"accept-new"}}],"groups":{},"policy":{"serial":null,"throttle":null,"mutex":null,"timeout":null,"retries":0,"backoff":2.0,"on_failure":"ignore","allowed_failures":0,"on_interrupted":null,"on_irreversible":null,"concurrency":16},"graph":{"pipeline":"p","nodes":{"p/m/t/a":{"kind":"command","role":null,"entry":"main","params":{},"vars":{},"when":null,"tags":[],"become":null,"become_user":null,"environment":{},"no_log":null,"always":false,"play":null,"outputs":{},"id":"p/m/t/a","hosts":["h1","h2"],"host_pattern":null,"module_vars":[],"repeatable":true,"reads":[],"check_mode":false,"policy":{"serial":null,"throttle":null,"mutex":null,"timeout":null,"retries":0,"backoff":2.0,"on_failure":"ignore","allowed_failures":0,"on_interrupted":null,"on_irreversible":null,"concurrency":16},"component":null,"reversibility":"irreversible","source":null},"p/m/t/b":{"kind":"command","role":null,"entry":"main","params":{},"vars":{},"when":null,"tags":[],"become":null,"become_user":null,"environment":{},"no_log":null,"always":false,"play":null,"outputs":{},"id":"p/m/t/b","hosts":["h1","h2"],"host_pattern":null,"module_vars":[],"repeatable":true,"reads":[],"check_mode":false,"policy":{"serial":null,"throttle":null,"mutex":null,"timeout":null,"retries":0,"backoff":2.0,"on_failure":"ignore","allowed_failures":0,"on_interrupted":null,"on_irreversible":null,"concurrency":16},"component":null,"reversibility":"irreversible","source":null},"p/m/t/c":{"kind":"command","role":null,"entry":"main","params":{},"vars":{},"when":null,"tags":[],"become":null,"become_user":null,"environment":{},"no_log":null,"always":false,"play":null,"outputs":{},"id":"p/m/t/c","hosts":["h1","h2"],"host_pattern":null,"module_vars":[],"repeatable":true,"reads":[],"check_mode":false,"policy":{"serial":null,"throttle":null,"mutex":null,"timeout":null,"retries":0,"backoff":2.0,"on_failure":"ignore","allowed_failures":0,"on_interrupted":null,"on_irreversible":null,"concurrency":16},"component":null,"reversibility":"irreversible","source":null}},"edges":[{"before":"p/m/t/a","after":"p/m/t/b","kind":"host"},{"before":"p/m/t/b","after":"p/m/t/c","kind":"barrier"}],"left_out":{}},"left_out":{},"tags":[],"skip_tags":[],"cut":{},"extra_vars":{},"inventories":[],"environment":[],"unlisted":[],"secrets":{},"facts_ttl":0.0,"layers":[],"digests":{},"node_digests":{},"pair_digests":{},"undoes":null}',1.79598012466361761085e+09);
CREATE TABLE successes (
	cluster VARCHAR NOT NULL, 
	node VARCHAR NOT NULL, 
	host VARCHAR NOT NULL, 
	digest VARCHAR NOT NULL, 
	task VARCHAR NOT NULL, 
	ended FLOAT NOT NULL, 
	PRIMARY KEY (cluster, node, host), 
	FOREIGN KEY(cluster) REFERENCES clusters (name), 
	FOREIGN KEY(task) REFERENCES tasks (id)
);
CREATE TABLE tasks (
	id VARCHAR NOT NULL, 
	cluster VARCHAR NOT NULL, 
	pipeline VARCHAR NOT NULL, 
	command VARCHAR NOT NULL, 
	"plan" VARCHAR(64) NOT NULL, 
	directory VARCHAR NOT NULL, 
	status VARCHAR NOT NULL, 
	message TEXT, 
	created FLOAT NOT NULL, 
	started FLOAT, 
	ended FLOAT, document VARCHAR(64) REFERENCES documents (digest), parent VARCHAR REFERENCES tasks (id), 
	PRIMARY KEY (id), 
	FOREIGN KEY(cluster) REFERENCES clusters (name), 
	FOREIGN KEY("plan") REFERENCES plans (digest)
);
INSERT INTO "tasks" VALUES('20261129-192204-408075','shop','p','apply','904153e0afab95519287242987bad3f050b102c00715d5f03146140c63be7f97','/srv/worldtree/tasks/20261129-192204-408075','partial',NULL,1.79598012466361761085e+09,1.79598012469740343092e+09,1.79598012474424433707e+09,NULL,NULL);
INSERT INTO "tasks" VALUES('20261129-192204-e474ce','shop','p','apply','904153e0afab95519287242987bad3f050b102c00715d5f03146140c63be7f97','/srv/worldtree/tasks/20261129-192204-e474ce','succeeded',NULL,1795980124.77017,1.79598012478378486634e+09,1.79598012481108546259e+09,NULL,NULL);
INSERT INTO "tasks" VALUES('20261129-192204-71d15b','shop','p','verify','904153e0afab95519287242987bad3f050b102c00715d5f03146140c63be7f97','/srv/worldtree/tasks/20261129-192204-71d15b','pending',NULL,1795980124.8263,NULL,NULL,NULL,NULL);
CREATE INDEX ix_tasks_cluster ON tasks (cluster);
CREATE INDEX ix_tasks_created ON tasks (created);
CREATE INDEX ix_attempts_task ON attempts (task);
CREATE INDEX events_by_node ON events (task, node, host);
CREATE INDEX ix_successes_task ON successes (task);
CREATE UNIQUE INDEX events_by_line ON events (attempt, line) WHERE line IS NOT NULL;
CREATE INDEX events_by_blob ON events (blob) WHERE blob IS NOT NULL;
COMMIT;
